// Reads archives that were encrypted before age became the format in November 2026 (`.tar.gz.enc`). Once no site has such archives, delete
// this file, its line in archive-reader.ts and `.enc` in names.ts.
import { createDecipheriv, scrypt, timingSafeEqual } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { BackupFailure } from './failure.ts';

/*
 * Header: 8 bytes magic, 1 version, 16 salt, 16 to detect a wrong passphrase. Then chunks of 65536 bytes with a tag of 16 bytes; the last
 * one may be shorter or empty. The random salt makes the key unique to the file, so a counter serves as the nonce: four zero bytes, seven
 * for the chunk's number, one that is 1 for the last chunk. Each chunk also authenticates the header.
 */
const MAGIC = Buffer.from('PWJBKUP\n');
const VERSION = 1;
const SALT = 16;
const CHECK = 16;
const HEADER = MAGIC.length + 1 + SALT + CHECK;
const CHUNK = 65_536;
const TAG = 16;
const KEY = 32;
const COST = { N: 32_768, r: 8, p: 1, maxmem: 128 * 1_048_576 };
const ALGORITHM = 'aes-256-gcm';

interface Key {
  key: Buffer;
  header: Buffer;
}

async function derive(passphrase: string, salt: Buffer): Promise<{ key: Buffer; check: Buffer }> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const done = (error: Error | null, derived: Buffer) => (error ? reject(error) : resolve(derived));
    scrypt(passphrase.normalize('NFC'), salt, KEY + CHECK, COST, done);
  });
  return { key: bytes.subarray(0, KEY), check: bytes.subarray(KEY) };
}

/** The key for what begins with this header. Throws `ARCHIVE_DAMAGED`, `NEWER_FORMAT` or `WRONG_PASSPHRASE`. */
async function knownKey(passphrase: string, header: Buffer): Promise<Key> {
  if (header.length < HEADER || !header.subarray(0, MAGIC.length).equals(MAGIC))
    throw new BackupFailure('ARCHIVE_DAMAGED', 'the archive does not begin as an encrypted one does');
  if (header[MAGIC.length] !== VERSION)
    throw new BackupFailure('NEWER_FORMAT', 'the archive is encrypted in a way that this version does not know');
  const salt = header.subarray(MAGIC.length + 1, MAGIC.length + 1 + SALT);
  const { key, check } = await derive(passphrase, salt);
  if (!timingSafeEqual(check, header.subarray(HEADER - CHECK, HEADER))) {
    const message = 'the passphrase in the config is not that of this archive, or its first bytes are damaged';
    throw new BackupFailure('WRONG_PASSPHRASE', message);
  }
  return { key, header: header.subarray(0, HEADER) };
}

function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUIntBE(Math.floor(number / 2 ** 32), 4, 3);
  bytes.writeUInt32BE(number % 2 ** 32, 7);
  bytes[11] = last ? 1 : 0;
  return bytes;
}

/** Cuts a stream into chunks of one size and decrypts each; the last one may be shorter or empty. */
class Chunks extends Transform {
  readonly #size: number;
  readonly #work: (chunk: Buffer, number: number, last: boolean) => Buffer;
  #waiting: Buffer[] = [];
  #length = 0;
  #number = 0;

  constructor(size: number, work: (chunk: Buffer, number: number, last: boolean) => Buffer) {
    super();
    this.#size = size;
    this.#work = work;
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#waiting.push(data);
    this.#length += data.length;
    try {
      // One byte more than a chunk shows that the chunk is not the last.
      if (this.#length > this.#size) this.#cut();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  #cut(): void {
    let all = Buffer.concat(this.#waiting, this.#length);
    while (all.length > this.#size) {
      this.push(this.#work(all.subarray(0, this.#size), this.#number, false));
      this.#number += 1;
      all = all.subarray(this.#size);
    }
    this.#waiting = [all];
    this.#length = all.length;
  }

  override _flush(done: TransformCallback): void {
    try {
      done(null, this.#work(Buffer.concat(this.#waiting, this.#length), this.#number, true));
    } catch (error) {
      done(error as Error);
    }
  }
}

const damaged = (cause?: unknown) =>
  new BackupFailure('ARCHIVE_DAMAGED', 'the encrypted archive is damaged: it was changed or cut off', cause);

const open = ({ key, header }: Key): Transform =>
  new Chunks(CHUNK + TAG, (chunk, number, last) => {
    if (chunk.length < TAG) throw damaged();
    const decipher = createDecipheriv(ALGORITHM, key, nonce(number, last), { authTagLength: TAG }).setAAD(header);
    decipher.setAuthTag(chunk.subarray(chunk.length - TAG));
    try {
      return Buffer.concat([decipher.update(chunk.subarray(0, chunk.length - TAG)), decipher.final()]);
    } catch (error) {
      throw damaged(error);
    }
  });

export const isBeforeAge = (begin: Buffer): boolean => begin.subarray(0, MAGIC.length).equals(MAGIC);

/** The encrypted file in, without its header; plain bytes out. Fails at the first byte that is changed, moved or missing. */
export const decryptBeforeAge = async (passphrase: string, header: Buffer): Promise<Transform> =>
  open(await knownKey(passphrase, header));

export const BEFORE_AGE_HEADER = HEADER;
