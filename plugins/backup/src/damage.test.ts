// Damages of an archive, plain and encrypted, known and unknown to the table: none is called verified, none is restored. `JOBS_TEST_FULL=1` makes a hundred.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { site, temporaryFolder } from '../test/kit.ts';
import { running, toolsOf } from '../test/tools.ts';
import { AGE_HEADER, decrypt, encrypt } from './age.ts';
import { never } from './place-files.ts';
import { restoreBackup } from './restore.ts';
import { checkBackup } from './stored-backup.ts';

const PASSPHRASE = 'correct horse battery';
const DAMAGES = process.env.JOBS_TEST_FULL === '1' ? 100 : 40;
/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Damage = (bytes: Buffer, next: (below: number) => number) => Buffer;

/** Of the bytes as they are stored. */
const OF_BYTES: Damage[] = [
  (bytes, next) => {
    const flipped = Buffer.from(bytes);
    const at = next(bytes.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << next(8));
    return flipped;
  },
  (bytes, next) => bytes.subarray(0, next(bytes.length)),
  (bytes, next) => {
    const at = next(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + next(100), next(256)), bytes.subarray(at)]);
  },
  (bytes, next) => {
    const size = 1 + next(70_000);
    const at = next(Math.max(1, bytes.length - 2 * size));
    const [a, b] = [bytes.subarray(at, at + size), bytes.subarray(at + size, at + 2 * size)];
    return Buffer.concat([bytes.subarray(0, at), b, a, bytes.subarray(at + 2 * size)]);
  },
  (bytes, next) => {
    const emptied = Buffer.from(bytes);
    const at = next(bytes.length);
    return emptied.fill(0, at, at + 512);
  },
];

/** Of the tar inside, packed and encrypted again as it should be. */
const OF_TAR: Damage[] = [
  (tar, next) => tar.subarray(0, 512 * next(tar.length / 512)),
  (tar, next) => {
    const sums = [...tar.toString('latin1').matchAll(/"(?:sha256|checksum)": "/g)];
    const sum = sums[next(sums.length)];
    const changed = Buffer.from(tar);
    const at = (sum?.index ?? 0) + (sum?.[0].length ?? 0) + next(32);
    changed[at] = changed[at] === 0x30 ? 0x31 : 0x30;
    return changed;
  },
  (tar, next) => {
    const changed = Buffer.from(tar);
    // In the contents of the entries, not in the unused end of a block.
    const at = tar.indexOf('photo') + next(100_000);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  },
];

const seal = (tar: Buffer, passphrase: string | undefined): Promise<Buffer> =>
  passphrase === undefined
    ? Promise.resolve(gzipSync(tar))
    : buffer(encrypt(passphrase, 10)(Readable.from([gzipSync(tar)])));

async function tarOf(bytes: Buffer, passphrase: string | undefined): Promise<Buffer> {
  if (passphrase === undefined) return gunzipSync(bytes);
  return gunzipSync(await buffer(decrypt(passphrase, bytes.subarray(0, AGE_HEADER))(Readable.from([bytes]))));
}

/** Certain damage: a bit that gzip ignores, or bytes after its end, change nothing that is read. */
async function damaged(whole: Buffer, n: number, passphrase: string | undefined): Promise<Buffer> {
  const tar = await tarOf(whole, passphrase);
  for (let seed = n; ; seed += 1_000_000) {
    const next = numbers(seed);
    const kind = n % (OF_BYTES.length + OF_TAR.length);
    const inTar = OF_TAR[kind - OF_BYTES.length];
    const bytes = inTar ? await seal(inTar(tar, next), passphrase) : (OF_BYTES[kind]?.(whole, next) ?? whole);
    const read = await tarOf(bytes, passphrase).catch(() => null);
    if (read === null || !read.equals(tar)) return bytes;
  }
}

test.each([
  ['plain', undefined, true],
  ['plain', undefined, false],
  ['encrypted', PASSPHRASE, true],
  ['encrypted', PASSPHRASE, false],
] as const)(
  `${DAMAGES} damages of an archive, %s (passphrase %s), are all detected (known to the table: %s)`,
  { timeout: 300_000 },
  async (_what, passphrase, recorded) => {
    const base = await temporaryFolder();
    const shop = join(base, 'shop.db');
    const db = new Database(shop);
    db.exec("create table goods (id integer primary key, name text); insert into goods values (1, 'a'), (2, 'b')");
    db.close();
    const uploads = join(base, 'uploads', 'deep');
    await mkdir(uploads, { recursive: true });
    const next = numbers(7);
    await writeFile(join(uploads, 'photo.jpg'), Buffer.concat([Buffer.from('photo'), noise(200_000, next)]));
    const config = { own: false, databases: { shop: `sqlite:${shop}` }, files: { uploads: join(base, 'uploads') } };
    await using here = await site({ ...config, ...(passphrase === undefined ? {} : { passphrase }) });
    const { id, file } = await here.backup({ type: 'full' });
    const path = join(here.folder, file);
    const whole = await readFile(path);
    const tools = toolsOf(here);
    const row = await tools.runs.find(id);
    const targets = join(base, 'targets');
    const passed: string[] = [];
    for (let n = 0; n < DAMAGES; n += 1) {
      await writeFile(path, await damaged(whole, n, passphrase));
      await tools.runs.remove(id);
      if (recorded && row) await tools.runs.insert(row);
      const to = n % 2 === 0 ? join(targets, 'files') : `sqlite:${join(targets, 'shop.db')}`;
      const restored = await restoreBackup(id, { to, mayReplace: never }, tools, running()).catch(() => null);
      const checked = await checkBackup(id, tools, running()).catch(() => null);
      if (restored !== null || checked?.verified || (await readdir(targets).catch(() => [])).length > 0)
        passed.push(`damage ${n}`);
    }
    expect(passed).toEqual([]);
    // Undamaged, it passes: the errors above were the damage.
    await writeFile(path, whole);
    await tools.runs.remove(id);
    expect(await checkBackup(id, tools, running())).toMatchObject({ verified: true });
  },
);

const noise = (size: number, next: (below: number) => number): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, () => next(256)));
