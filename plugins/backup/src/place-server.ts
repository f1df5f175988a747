// Restores a dump into a database of a MySQL or MariaDB server, and compares it with what was taken.
import type { DatabasePlace } from '@phraseworks/sdk';
import { BackupFailure } from './failure.ts';
import type { DatabasePart } from './manifest.ts';
import type { MayReplace } from './place-files.ts';
import { compareOnServer, type ProveOptions } from './prove.ts';
import { replay } from './replay.ts';
import { createDatabase } from './scratch.ts';
import { rows, type Server, serverCode, withServer } from './server.ts';
import { type Login, placeOf, readServerUrl } from './server-url.ts';
import type { Tools } from './tools.ts';

const LIVE =
  "this is the jobs' own database, which is in use: restore into another database, stop the site, set the configuration's database to it, and start again";

/** Two addresses may lead to one server, and the nodes of a cluster hold the same data. */
const IDENTITY = `select concat_ws('/', @@hostname, @@port, @@datadir) as id,
  (select variable_value from information_schema.global_status where variable_name = 'wsrep_cluster_state_uuid') as cluster`;
const IDENTITY_ALONE = "select concat_ws('/', @@hostname, @@port, @@datadir) as id, null as cluster";

interface Identity {
  id: string;
  cluster: string | null;
}

async function identityOf(server: Server): Promise<Identity> {
  const [found] = await rows<Identity>(server, IDENTITY).catch(() => rows<Identity>(server, IDENTITY_ALONE));
  return found ?? { id: '', cluster: null };
}

async function isLive(
  login: Login,
  server: Server,
  place: DatabasePlace | null,
  signal: AbortSignal,
): Promise<boolean> {
  const own = place?.engine === 'mysql' ? readServerUrl(place.url) : null;
  if (!own || own.database !== login.database) return false;
  if (placeOf(own) === placeOf(login)) return true;
  const here = await identityOf(server);
  const there = await withServer(own, { signal }, identityOf);
  return here.id === there.id || (here.cluster !== null && here.cluster !== '' && here.cluster === there.cluster);
}

/** Throws `LIVE_DATABASE` or `TARGET_NOT_EMPTY`. Makes the database when it is not there. */
export async function checkServerTarget(
  login: Login,
  part: DatabasePart,
  tools: Tools,
  mayReplace: MayReplace,
  signal: AbortSignal,
): Promise<void> {
  await withServer(login, { database: null, signal }, async (server) => {
    if (await isLive(login, server, tools.place, signal)) throw new BackupFailure('LIVE_DATABASE', LIVE);
    const [there] = await rows<{ n: number }>(
      server,
      'select count(*) as n from information_schema.schemata where schema_name = ?',
      [login.database],
    );
    if (Number(there?.n) === 0) {
      return createDatabase(server, login.database, part.charset, part.collation).catch((error: unknown) => {
        throw new BackupFailure(
          'WRONG_TARGET',
          `the database is not there and cannot be made (${serverCode(error)})`,
          error,
        );
      });
    }
    const [tables] = await rows<{ n: number }>(
      server,
      'select count(*) as n from information_schema.tables where table_schema = ?',
      [login.database],
    );
    if (Number(tables?.n) > 0 && !(await mayReplace()))
      throw new BackupFailure(
        'TARGET_NOT_EMPTY',
        'the database has tables: name an empty one, or say --yes to replace those of the same names',
      );
  });
}

/** With tables of other names in the target, only those of the backup are compared. */
export async function placeOnServer(
  part: DatabasePart,
  file: string,
  login: Login,
  tools: Tools,
  options: ProveOptions & { withEvents: boolean },
): Promise<void> {
  const { signal, progress, warn, withEvents } = options;
  const told = (bytes: number) => progress(part.bytes === 0 ? 1 : bytes / part.bytes);
  const changed = await withServer(login, { signal }, (server) =>
    replay(server, file, { signal, withEvents, progress: told }),
  ).catch((error: unknown) => {
    if (!(error instanceof BackupFailure)) throw error;
    throw new BackupFailure(
      error.code,
      `${error.message}. The target is incomplete: empty it, or restore again with --yes`,
      error,
    );
  });
  if (changed > 0) warn(`${changed} programs of the database belong to this login now: it may not set their definer`);
  await compareOnServer(part, login, login.database, tools.config.dump, options);
}
