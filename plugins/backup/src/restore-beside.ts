// The restore that can be asked for over HTTP: always beside what is there, never over it, and to no address from outside.
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RestoreResult } from './data.ts';
import { BackupFailure } from './failure.ts';
import type { DatabasePart } from './manifest.ts';
import { checkFolder, never } from './place-files.ts';
import { type Stage, staged, toFolder, toServer, toSqlite } from './restore.ts';
import { dropDatabase } from './scratch.ts';
import { databasesOf } from './sources.ts';
import type { Running, Tools } from './tools.ts';

type Restored = RestoreResult['restored'][number];

const LONGEST = 64;

/** `<database>_restored_<id>`, on the server that the database came from. */
const besideName = (database: string, id: string): string => `${database.slice(0, LONGEST - 20)}_restored_${id}`;

async function database(stage: Stage, part: DatabasePart, folder: string): Promise<Restored> {
  if (part.engine === 'sqlite') return toSqlite(stage, part, join(folder, `${part.name}.sqlite`));
  const { tools, row } = stage;
  const source = databasesOf(tools.config, tools.place).find(({ name }) => name === part.name);
  if (source?.engine !== 'mysql') return { part: part.name, to: 'nowhere: the config does not name its server' };
  const login = { ...source.login, database: besideName(source.login.database, row.id) };
  try {
    return await toServer(stage, part, login, { mayReplace: never, withEvents: false });
  } catch (error) {
    const wasThere = error instanceof BackupFailure && error.code === 'TARGET_NOT_EMPTY';
    if (!wasThere) await dropDatabase(login, login.database);
    throw error;
  }
}

async function everything(stage: Stage, folder: string): Promise<Restored[]> {
  const restored: Restored[] = [];
  const { parts } = stage.proof.manifest;
  if (parts.some(({ kind }) => kind === 'files')) restored.push(await toFolder(stage, folder, never));
  for (const part of parts) if (part.kind === 'database') restored.push(await database(stage, part, folder));
  return restored;
}

/** Files and SQLite databases into `<folder>/restored/<id>`, others into a new database each. Throws `TARGET_NOT_EMPTY` the second time. */
export function restoreBeside(id: string, tools: Tools, running: Running): Promise<RestoreResult> {
  const folder = join(resolve(tools.config.folder), 'restored', id);
  return staged(id, tools, running, async (stage) => {
    await checkFolder(folder, never);
    try {
      return await everything(stage, folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  });
}
