// The restore that HTTP offers: always beside the current data, never over it, and never to a place that the request names.
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RestoreResult } from './data.ts';
import { type Login, placeOf } from './engines/server-url.ts';
import { BackupFailure, writeFailure } from './failure.ts';
import type { DatabasePart } from './manifest.ts';
import { never, syncFolder } from './place-files.ts';
import { type Stage, staged, toFolder, toServer, toSqlite } from './restore.ts';
import { databasesOf, engineOf } from './sources.ts';
import type { Running, Tools } from './tools.ts';

type Restored = RestoreResult['restored'][number];

const LONGEST = 63;

/** `<database>_restored_<id>`, on the server that the database came from. */
const besideName = (database: string, id: string): string => `${database.slice(0, LONGEST - 20)}_restored_${id}`;

const fromEarlier = (what: string, how: string) =>
  new BackupFailure('TARGET_NOT_EMPTY', `${what} is there from an earlier restore: ${how} first`);

/** `made` collects the databases that this restore creates. */
async function database(stage: Stage, part: DatabasePart, folder: string, made: Login[]): Promise<Restored> {
  if (part.engine === 'sqlite') return toSqlite(stage, part, join(folder, `${part.name}.sqlite`));
  const { tools, row } = stage;
  const source = databasesOf(tools.config, tools.place).find(({ name }) => name === part.name);
  if (!source || source.engine === 'sqlite' || source.engine !== part.engine)
    return { part: part.name, to: 'nowhere: the config does not name its server' };
  const login = { ...source.login, database: besideName(source.login.database, row.id) };
  try {
    made.push(login);
    return await toServer(stage, part, login, false);
  } catch (error) {
    if (!(error instanceof BackupFailure) || error.code !== 'TARGET_NOT_EMPTY') throw error;
    made.pop();
    throw fromEarlier(placeOf(login), 'drop it');
  }
}

async function everything(stage: Stage, folder: string): Promise<Restored[]> {
  const restored: Restored[] = [];
  const made: Login[] = [];
  const { parts } = stage.proof.manifest;
  const databases = parts.filter((part) => part.kind === 'database');
  const hasFiles = databases.length < parts.length;
  const [from, to] = stage.share;
  const each = (to - from) / (databases.length + (hasFiles ? 1 : 0));
  /** With a share of the progress for what is restored next. */
  const next = (): Stage => {
    const begin = from + restored.length * each;
    return { ...stage, share: [begin, begin + each] };
  };
  try {
    if (hasFiles) restored.push(await toFolder(next(), folder, never));
    for (const part of databases) restored.push(await database(next(), part, folder, made));
    return restored;
  } catch (error) {
    const where = { folder: stage.work, signal: stage.running.signal };
    for (const login of made) await engineOf(login).drop(login, where);
    throw error;
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** One rename, so that a process that is killed leaves all or nothing. */
async function moveTo(folder: string, half: string): Promise<void> {
  if (!(await isThere(half))) return;
  try {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await rename(half, folder);
    await syncFolder(dirname(folder));
  } catch (error) {
    throw writeFailure(error);
  }
}

/** Files and SQLite databases into `<folder>/restored/<id>`, others into a new database each. Throws `TARGET_NOT_EMPTY` the second time. */
export function restoreBeside(id: string, tools: Tools, running: Running): Promise<RestoreResult> {
  const folder = join(tools.folder, 'restored', id);
  return staged(id, tools, running, async (stage) => {
    if (await isThere(folder)) throw fromEarlier('a copy', `remove restored/${id} below the configured folder`);
    const half = join(stage.work, 'beside');
    const restored = await everything(stage, half);
    await moveTo(folder, half);
    return restored.map((one) => ({ ...one, to: one.to.replace(half, folder) }));
  });
}
