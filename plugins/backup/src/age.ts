// Encryption in the age format, with a passphrase or to public keys, so that `age -d FILE | tar -xz` restores without this plugin.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ReadableStream } from 'node:stream/web';
import { systemCode } from '@phraseworks/sdk';
import type { Identity, Stanza } from 'age-encryption';
import { BackupFailure } from './failure.ts';
import type { Keys } from './keys.ts';

/** scrypt's work factor as a power of two: 64 MB of memory and about 0.2 s per archive. */
const WORK = 16;
/** The highest work factor accepted: 256 MB, the age program's default. */
const MOST_WORK = 18;
const LABEL = 'age-encryption.org/v1/scrypt';
const ALGORITHM = 'chacha20-poly1305';
const TAG = 16;
const NONCE = Buffer.alloc(12);

/** The header of a file that a passphrase alone decrypts. */
const HEADER =
  /^age-encryption\.org\/v1\n-> scrypt [A-Za-z0-9+/]{22} (\d{1,2})\n[A-Za-z0-9+/]{43}\n--- [A-Za-z0-9+/]{43}\n/;
/** The header of a file that one of up to twenty secret keys decrypts. */
const HEADER_FOR_KEYS =
  /^age-encryption\.org\/v1\n(?:-> X25519 [A-Za-z0-9+/]{43}\n[A-Za-z0-9+/]{43}\n){1,20}--- [A-Za-z0-9+/]{43}\n/;
/** Bytes that hold the whole header. */
export const AGE_HEADER = 2_100;

export const isAge = (begin: Buffer): boolean => begin.toString('latin1').startsWith('age-encryption.org/');

/** Derived keys are cached: a restore reads an archive two or three times, and each listing tries those it could not open. */
const known = new Map<string, Promise<Buffer>>();
const MOST_KNOWN = 500;

function wrappingKey(passphrase: string, salt: Buffer, work: number): Promise<Buffer> {
  const name = `${work}/${base64(salt)}/${passphrase}`;
  const key = known.get(name) ?? derive(passphrase, salt, work);
  known.delete(name);
  known.set(name, key);
  key.catch(() => known.delete(name));
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return key;
}

/** Uses Node's scrypt, which runs in a thread; the library's own would block the event loop for a second. */
function derive(passphrase: string, salt: Buffer, work: number): Promise<Buffer> {
  const N = 2 ** work;
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Buffer) => (error ? reject(error) : resolve(key));
    const cost = { N, r: 8, p: 1, maxmem: 1_024 * N + 1_048_576 };
    scrypt(passphrase.normalize('NFC'), Buffer.concat([Buffer.from(LABEL), salt]), 32, cost, done);
  });
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Plain bytes in, the whole encrypted file out; for a pipeline. */
export const encrypt = (passphrase: string, work = WORK) =>
  async function* (plain: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    const { Encrypter, Stanza } = await import('age-encryption');
    const encrypter = new Encrypter();
    encrypter.addRecipient({
      async wrapFileKey(fileKey: Uint8Array): Promise<Stanza[]> {
        const salt = randomBytes(16);
        const key = await wrappingKey(passphrase, salt, work);
        const cipher = createCipheriv(ALGORITHM, key, NONCE, { authTagLength: TAG });
        const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
        return [new Stanza(['scrypt', base64(salt), String(work)], body)];
      },
    });
    yield* await encrypter.encrypt(streamOf(plain));
  };

/** The same for the owners of these public keys. `keep` receives the file's own key. */
export const encryptTo = (recipients: readonly string[], keep: (fileKey: Uint8Array) => void) =>
  async function* (plain: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    const { Encrypter } = await import('age-encryption');
    const encrypter = new Encrypter();
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    encrypter.addRecipient({
      wrapFileKey(fileKey) {
        keep(fileKey);
        return [];
      },
    });
    yield* await encrypter.encrypt(streamOf(plain));
  };

/** The encrypted file in, plain bytes out; for a pipeline. Fails at the first byte that is changed, moved or missing. */
export function decrypt(passphrase: string, begin: Buffer) {
  const work = Number(HEADER.exec(begin.toString('latin1'))?.[1]);
  if (Number.isNaN(work)) throw damaged();
  if (work > MOST_WORK) {
    const message = `the archive needs scrypt with a work factor of 2^${work}, but this version accepts at most 2^${MOST_WORK}: this plugin did not make it`;
    throw new BackupFailure('ARCHIVE_DAMAGED', message);
  }
  return opened(async () => [{ unwrapFileKey: (stanzas) => fileKeyOf(stanzas, passphrase, work) }]);
}

export const isForKeys = (begin: Buffer): boolean => HEADER_FOR_KEYS.test(begin.toString('latin1'));

/** The same for a file that is encrypted to public keys. */
export function decryptFor({ fileKey, identity }: Keys) {
  if (fileKey !== undefined) return opened(async () => [{ unwrapFileKey: () => fileKey }]);
  if (identity === undefined) {
    const message =
      'the archive is encrypted to recipients: set identity in the config, or JOBS_BACKUP__IDENTITY, to the file with a secret key of theirs';
    throw new BackupFailure('PASSPHRASE_NEEDED', message);
  }
  return opened(async () => [...(await secretKeys(identity)), { unwrapFileKey: () => notTheirs() }]);
}

function notTheirs(): never {
  throw new BackupFailure('WRONG_PASSPHRASE', 'no secret key in the file of identity opens this archive');
}

/** As `age-keygen` writes them: a line each, with comments between. */
async function secretKeys(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new BackupFailure('SOURCE_UNREADABLE', `the file of identity cannot be read${systemCode(error)}`, error);
  });
  return text.split(/\r?\n/).filter((line) => /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/.test(line));
}

const opened = (identitiesOf: () => Promise<(string | Identity)[]>) =>
  async function* (sealed: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
    const { Decrypter } = await import('age-encryption');
    const decrypter = new Decrypter();
    let unreadable: unknown;
    async function* watched(): AsyncGenerator<Buffer> {
      try {
        yield* sealed;
      } catch (error) {
        unreadable = error;
        throw error;
      }
    }
    try {
      for (const identity of await identitiesOf()) decrypter.addIdentity(identity);
      yield* await decrypter.decrypt(streamOf(watched()));
    } catch (error) {
      throw error instanceof BackupFailure ? error : (unreadable ?? damaged(error));
    }
  };

async function fileKeyOf([stanza]: Stanza[], passphrase: string, work: number): Promise<Uint8Array> {
  const key = await wrappingKey(passphrase, Buffer.from(stanza?.args[1] ?? '', 'base64'), work);
  const body = Buffer.from(stanza?.body ?? []);
  const decipher = createDecipheriv(ALGORITHM, key, NONCE, { authTagLength: TAG });
  decipher.setAuthTag(body.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(body.subarray(0, -TAG)), decipher.final()]);
  } catch (error) {
    const message = 'the passphrase in the config is not that of this archive, or its first bytes are damaged';
    throw new BackupFailure('WRONG_PASSPHRASE', message, error);
  }
}

const streamOf = (chunks: AsyncIterable<Buffer>) =>
  ReadableStream.from(chunks) as globalThis.ReadableStream<Uint8Array>;

const damaged = (cause?: unknown) =>
  new BackupFailure('ARCHIVE_DAMAGED', 'the encrypted archive is damaged: it was changed or cut off', cause);
