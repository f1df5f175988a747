// By what archives are read and written.
import type { Config } from './config.ts';

export interface Keys {
  passphrase: string | undefined;
  /** A file with secret keys; read only for an archive that needs one. */
  identity?: string | undefined;
  /** The key of the one archive that this run has just written, so that the secret keys can be elsewhere. */
  fileKey?: Uint8Array | undefined;
  /** New archives are encrypted to these public keys. */
  recipients?: readonly string[];
}

export const keysOf = ({ passphrase, identity, recipients }: Config): Keys => ({ passphrase, identity, recipients });

/** Whether new archives are encrypted. */
export const isSealed = ({ passphrase, recipients = [] }: Partial<Keys>): boolean =>
  passphrase !== undefined || recipients.length > 0;
