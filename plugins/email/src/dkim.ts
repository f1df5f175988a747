// DKIM: the key that signs every mail, read and checked when the plugin starts, since a bad one would go unnoticed later.
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';

const DOMAIN = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

export const DkimConfig = z.strictObject({
  /** Whose key it is; the domain of `from`, or one above it. */
  domain: z.string().max(253).regex(DOMAIN),
  /** The public key stands in DNS at `<selector>._domainkey.<domain>`. */
  selector: z
    .string()
    .max(63)
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/),
  /** RSA, in PEM; either this or `keyFile`. */
  key: z.string().max(20_000).meta({ secret: true }).optional(),
  /** A file that holds it; relative to the working directory. */
  keyFile: z.string().min(1).optional(),
});

/** As nodemailer wants it. */
export interface DkimKey {
  domainName: string;
  keySelector: string;
  privateKey: string;
}

/** Throws when there is no usable key. */
export async function readDkim(config: z.output<typeof DkimConfig>): Promise<DkimKey> {
  const { domain, selector, key, keyFile } = config;
  if ((key === undefined) === (keyFile === undefined)) throw new Error('dkim: give either key or keyFile');
  // From the environment, line ends often come as two characters.
  const pem = key?.replaceAll('\\n', '\n') ?? (await readKey(resolve(keyFile ?? '')));
  let type: string | undefined;
  try {
    type = createPrivateKey(pem).asymmetricKeyType;
  } catch {
    throw new Error(`dkim.${key === undefined ? 'keyFile' : 'key'} is not a private key in PEM`);
  }
  if (type !== 'rsa') throw new Error('dkim: the key must be an RSA key; receivers do not all know others');
  return { domainName: domain, keySelector: selector, privateKey: pem };
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`dkim.keyFile cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): ${file}`);
  }
}
