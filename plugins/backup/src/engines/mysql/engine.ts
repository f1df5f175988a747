// MySQL and MariaDB: what their databases contain, scratch copies, and logins that are limited to one database.
import { randomBytes } from 'node:crypto';
import { BackupFailure } from '../../failure.ts';
import type { DatabasePart } from '../../manifest.ts';
import {
  type DumpOptions,
  type Limited,
  NotAllowed,
  notEmpty,
  type ServerDump,
  type ServerEngine,
  scratchId,
  scratchLogin,
  scratchName,
  type Target,
} from '../engine.ts';
import { type Login, placeOf, readServerUrl } from '../server-url.ts';
import { errnoOf, identifier, rows, type Server, serverCode, withServer } from './connection.ts';
import { findDumper, isMariadb, loadDump, MISSING_PRIVILEGES, programsLack, runDump } from './dump.ts';

interface About {
  version: string;
  charset: string;
  collation: string;
}

async function aboutDatabase(server: Server): Promise<About> {
  const sql =
    'select version() as version, @@character_set_database as charset, @@collation_database as collation, @@version_comment as comment';
  const [about] = await rows<About & { comment: string }>(server, sql);
  const { version = '', charset = '', collation = '', comment = '' } = about ?? {};
  // Some builds of MariaDB identify themselves only in the comment.
  return { version: isMariadb(comment) && !isMariadb(version) ? `${version}-MariaDB` : version, charset, collation };
}

const OBJECTS = `
  select concat(lower(routine_type), ' ', routine_name) as name from information_schema.routines where routine_schema = database()
  union all select concat('trigger ', trigger_name) from information_schema.triggers where trigger_schema = database()
  union all select concat('event ', event_name) from information_schema.events where event_schema = database()
  union all select concat(lower(table_type), ' ', table_name) from information_schema.tables
    where table_schema = database() and table_type in ('VIEW', 'SEQUENCE')`;

const objectsOf = async (server: Server): Promise<string[]> =>
  (await rows<{ name: string }>(server, OBJECTS)).map(({ name }) => name).sort();

/** What a dump contains with a caveat. */
const NOTES = `
  select concat('table ', table_name, ' is included, but ', engine, ' has no transactions: it may be from a different moment') as note
    from information_schema.tables where table_schema = database()
    and table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and engine not in ('InnoDB', 'RocksDB', 'ROCKSDB', 'TokuDB')
  union all select concat('column ', table_name, '.', column_name, ' is a FLOAT: a dump keeps six digits of its values, use DOUBLE for more')
    from information_schema.columns where table_schema = database() and data_type = 'float' and table_name in
      (select table_name from information_schema.tables where table_schema = database() and table_type <> 'VIEW')`;

const VIEWS =
  "select table_name as name from information_schema.tables where table_schema = database() and table_type = 'VIEW'";

/** Views whose tables or columns no longer exist: no program can dump them, and one would fail the whole dump. */
async function brokenViews(server: Server): Promise<{ name: string; code: string }[]> {
  const broken: { name: string; code: string }[] = [];
  for (const name of await namesOf(server, VIEWS))
    await server.query(`show fields from ${identifier(name)}`).catch((error: unknown) => {
      if (errnoOf(error) === undefined) throw error;
      broken.push({ name, code: serverCode(error) });
    });
  return broken;
}

const VERSIONED = `select table_name as name from information_schema.tables
  where table_schema = database() and table_type = 'SYSTEM VERSIONED'`;

const namesOf = async (server: Server, sql: string): Promise<string[]> =>
  (await rows<{ name: string }>(server, sql)).map(({ name }) => name);

const RIGHTS = `select privilege_type as name from information_schema.user_privileges where grantee = ME
  union select privilege_type from information_schema.schema_privileges
    where grantee = ME and database() like table_schema and privilege_type <> 'SELECT'
  union select 'EXECUTE' from information_schema.table_privileges where grantee = ME and table_schema = 'mysql' and table_name = 'proc'`.replaceAll(
  'ME',
  "concat('''', substring_index(current_user(), '@', 1), '''@''', substring_index(current_user(), '@', -1), '''')",
);

/** Without one of these privileges a login cannot see such objects, and its dump silently omits them. */
const SEEN_BY: Readonly<Record<string, readonly string[]>> = {
  triggers: ['TRIGGER'],
  routines: ['SELECT', 'EXECUTE', 'CREATE ROUTINE', 'ALTER ROUTINE', 'SHOW CREATE ROUTINE', 'SHOW_ROUTINE'],
};

async function unseenBy(server: Server): Promise<{ what: string; reason: string }[]> {
  // Privileges granted through a role are not listed for the login.
  const [role] = await rows<{ name: string | null }>(server, 'select current_role() as name');
  if (role?.name != null && role.name !== 'NONE') return [];
  const rights = new Set((await namesOf(server, RIGHTS)).map((right) => right.toUpperCase()));
  return Object.entries(SEEN_BY)
    .filter(([, any]) => !any.some((right) => rights.has(right)))
    .map(([what]) => ({
      what,
      reason: 'are not visible to this login, so they may be missing: grant it the privilege to see them',
    }));
}

const isMissingPrivileges = (error: unknown): boolean =>
  error instanceof BackupFailure && error.code === 'DUMP_FAILED' && error.message.includes(MISSING_PRIVILEGES);

async function dump(login: Login, options: DumpOptions): Promise<ServerDump> {
  return withServer(login, options, async (server, place) => {
    const about = await aboutDatabase(server);
    const dumper = await findDumper(about.version, options.signal);
    const broken = await brokenViews(server);
    const versioned = await namesOf(server, VERSIONED);
    const missing = await unseenBy(server);
    for (const { name, code } of broken) {
      const reason = `cannot be read, so it is not in the dump (${code}): fix it or drop it`;
      missing.push({ what: `view ${name}`, reason });
    }
    const history = isMariadb(dumper.version) && !isOldDumper(dumper.version);
    if (!history)
      for (const name of versioned)
        missing.push({
          what: `history of ${name}`,
          reason: `${dumper.name} is too old for it: 10.11 or newer dumps it`,
        });
    const more = [
      ...(versioned.length > 0 && history ? ['--dump-history'] : []),
      ...broken.map(({ name }) => `--ignore-table=${login.database}.${name}`),
      '--triggers',
    ];
    const run = (also: string[]) =>
      runDump({ ...login, hosts: [place] }, { ...options, dumper, options: [...more, ...also] });
    let objects = (await objectsOf(server)).filter((object) => !broken.some(({ name }) => object === `view ${name}`));
    const rest = { ...about, notes: (await rows<{ note: string }>(server, NOTES)).map(({ note }) => note), missing };
    try {
      return { ...rest, tables: await run(['--routines', '--events']), objects };
    } catch (error) {
      if (!isMissingPrivileges(error)) throw error;
      const reason = 'may not be read by this login';
      const isUnread = (name: string) => /^(?:procedure|function|package|package body|event) /.test(name);
      missing.push(...objects.filter(isUnread).map((what) => ({ what, reason })));
      missing.push({ what: 'routines and events', reason });
      objects = objects.filter((name) => !isUnread(name));
      return { ...rest, tables: await run([]), objects };
    }
  });
}

/** `--dump-history` came with MariaDB 10.11. */
function isOldDumper(version: string): boolean {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)\.\d+-MariaDB/i.exec(version) ?? [];
  return Number(major) < 10 || (major === '10' && Number(minor) < 11);
}

/** MariaDB's and MySQL's list of files, which a login with PROCESS may see. */
const FILES = ['innodb_sys_tablespaces', 'innodb_tablespaces'];

/** Bytes of the files of a database. The figures of its tables would wait for a statement that is still filling one. */
async function filesOf(server: Server, database: string): Promise<number> {
  // Names of folders have a code instead of other characters.
  const folder = database.replace(/[^A-Za-z0-9_]/g, '@%').replaceAll('_', '\\_');
  for (const list of FILES) {
    const sql = `select coalesce(sum(file_size), 0) as bytes from information_schema.${list} where name like ?`;
    const found = await rows<{ bytes: string }>(server, sql, [`${folder}/%`]).catch((error: unknown) => {
      if (errnoOf(error) === undefined) throw error;
    });
    if (found) return Number(found[0]?.bytes);
  }
  return 0;
}

const word = (text: string | undefined) => (text && /^[a-z0-9_]{1,64}$/i.test(text) ? text : undefined);

async function createDatabase(server: Server, name: string, { charset, collation }: DatabasePart): Promise<void> {
  const set = word(charset) ? ` character set ${word(charset)}` : '';
  const collate = word(charset) && word(collation) ? ` collate ${word(collation)}` : '';
  await server.query(`create database ${identifier(name)}${set}${collate}`);
}

/** `'name'@'host'`. */
const account = (server: Server, user: string, host: string): string => `${server.escape(user)}@${server.escape(host)}`;

/** In GRANT, `_` and `%` in the name of a database are wildcards, unless the server uses partial revokes. */
async function grantedName(server: Server, database: string): Promise<string> {
  const [found] = await rows<{ on: number }>(server, 'select @@partial_revokes as `on`').catch(() => []);
  return identifier(Number(found?.on) === 1 ? database : database.replace(/[_%\\]/g, '\\$&'));
}

const NOT_ALLOWED = new Set([1044, 1045, 1142, 1227, 1410]);

function notAllowed(what: string, error: unknown): unknown {
  const number = errnoOf(error) ?? 0;
  if (NOT_ALLOWED.has(number)) return new NotAllowed(`the login may not create ${what} (error ${number})`);
  // Only errors of the server itself have a number.
  if (number > 0) return new NotAllowed(`${what} cannot be created on the server (${serverCode(error)})`, true);
  return new BackupFailure('SOURCE_UNREADABLE', `${what} cannot be created (${serverCode(error)})`, error);
}

interface Wanted {
  user: string;
  database: string;
  withEvents: boolean;
}

/** Creates a login for this host, as the server sees it, with a random password. Throws `NotAllowed`. */
async function createLogin(
  login: Login,
  server: Server,
  place: Login['hosts'][number],
  wanted: Wanted,
): Promise<Login> {
  const { user, database, withEvents } = wanted;
  const password = `${randomBytes(24).toString('base64url')}aA1!`;
  try {
    const [here] = await rows<{ host: string }>(server, "select substring_index(user(), '@', -1) as host");
    const name = account(server, user, here?.host ?? '');
    const on = await grantedName(server, database);
    await server.query(`drop user if exists ${name}`);
    await server.query(`create user ${name} identified by ${server.escape(password)}`);
    await server.query(`grant all on ${on}.* to ${name}`);
    // Temporary tables would grow outside the measured database. A dump needs none.
    await server.query(`revoke create temporary tables on ${on}.* from ${name}`);
    // Events of the copy would run like the real ones.
    if (!withEvents) await server.query(`revoke event on ${on}.* from ${name}`);
  } catch (error) {
    await dropLogin(server, user).catch(() => {});
    throw notAllowed('a login that is limited to one database', error);
  }
  return { ...login, hosts: [place], user, password, database };
}

/** All accounts of a login, for any host. */
async function accountsOf(server: Server, user: string): Promise<string[]> {
  const here = rows<{ host: string }>(server, "select substring_index(user(), '@', -1) as host");
  const all = rows<{ host: string }>(server, 'select host as host from mysql.user where user = ?', [user]);
  return (await all.catch(() => here)).map(({ host }) => account(server, user, host));
}

async function dropLogin(server: Server, user: string): Promise<void> {
  const sessions = rows<{ id: number }>(server, 'select id from information_schema.processlist where user = ?', [user]);
  for (const { id } of await sessions.catch(() => [])) await server.query(`kill ${Number(id)}`).catch(() => {});
  for (const name of await accountsOf(server, user)) await server.query(`drop user if exists ${name}`).catch(() => {});
}

/** Cleans up on a new connection, since an abort closes the others. The next backup drops what this one could not. */
const inAnyCase = (login: Login, work: (server: Server) => Promise<unknown>): Promise<void> =>
  withServer(login, { database: null, signal: new AbortController().signal }, async (server) => {
    await work(server);
  }).catch(() => {});

async function scratchDatabases(server: Server): Promise<{ name: string; id: string }[]> {
  const all = await namesOf(server, 'select schema_name as name from information_schema.schemata');
  return all.flatMap((name) => {
    const id = scratchId(name);
    return id === undefined ? [] : [{ name, id }];
  });
}

const DEFINED_BY = `select count(*) as n from (
  select definer from information_schema.views union all select definer from information_schema.routines
  union all select definer from information_schema.triggers union all select definer from information_schema.events) programs
  where definer like ?`;

/** Restored programs keep the privileges of the locked login, which are limited to their database. */
async function limit(login: Login, id: string, signal: AbortSignal): Promise<Limited> {
  const user = `pwj_restore_${id}`;
  return withServer(login, { database: null, signal }, async (server, place) => {
    const limited = await createLogin(login, server, place, { user, database: login.database, withEvents: true });
    return {
      login: limited,
      settle: () =>
        withServer(login, { database: null, signal }, async (again) => {
          const [defined] = await rows<{ n: number }>(again, DEFINED_BY, [`${user}@%`]);
          if (Number(defined?.n) === 0) {
            await dropLogin(again, user);
            return null;
          }
          const on = await grantedName(again, login.database);
          for (const name of await accountsOf(again, user)) {
            await again.query(`alter user ${name} account lock`);
            await again.query(`grant create temporary tables on ${on}.* to ${name}`);
          }
          return `its views, routines, triggers and events have the definer ${user}, a locked login that reaches only this database: keep it with the database`;
        }),
      remove: () => inAnyCase(login, (again) => dropLogin(again, user)),
    };
  });
}

const LIVE =
  "this is the jobs' own database, which is in use: restore into another database, stop the site, set the configuration's database to it, and start again";

/** Identifies a server, since two addresses may lead to the same one, and the nodes of a cluster share their data. */
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

async function isLive(login: Login, server: Server, place: Target['place'], signal: AbortSignal): Promise<boolean> {
  const own = place?.engine === 'mysql' ? readServerUrl(place.url) : null;
  if (!own || own.database !== login.database) return false;
  if (placeOf(own) === placeOf(login)) return true;
  const here = await identityOf(server);
  const there = await withServer(own, { signal }, identityOf);
  return here.id === there.id || (here.cluster !== null && here.cluster !== '' && here.cluster === there.cluster);
}

async function prepareTarget(login: Login, { part, place }: Target, signal: AbortSignal): Promise<void> {
  await withServer(login, { database: null, signal }, async (server) => {
    if (await isLive(login, server, place, signal)) throw new BackupFailure('LIVE_DATABASE', LIVE);
    const count = async (what: string) => {
      const sql = `select count(*) as n from information_schema.${what} where ${what === 'tables' ? 'table_schema' : 'schema_name'} = ?`;
      return Number((await rows<{ n: number }>(server, sql, [login.database]))[0]?.n);
    };
    if ((await count('schemata')) === 0) {
      return createDatabase(server, login.database, part).catch((error: unknown) => {
        const message = `the database does not exist and cannot be created (${serverCode(error)})`;
        throw new BackupFailure('WRONG_TARGET', message, error);
      });
    }
    if ((await count('tables')) > 0) throw notEmpty();
  });
}

export const mysql: ServerEngine = {
  dump,
  lacks: (login, { signal }) =>
    withServer(login, { signal }, async (server) => programsLack((await aboutDatabase(server)).version, signal)),
  measure: (login, { signal }) =>
    withServer(login, { signal }, async (server) => {
      const sql =
        'select coalesce(sum(data_length + index_length), 0) as bytes from information_schema.tables where table_schema = database()';
      return Number((await rows<{ bytes: string }>(server, sql))[0]?.bytes ?? 0);
    }),
  outgrows: (login, owner, limits, { signal }) =>
    withServer(owner, { database: null, signal }, (all) =>
      withServer(login, { signal }, async (own) => {
        const late = `select sleep(0.5) as slept, (select count(*) from information_schema.processlist
          where db = database() and id <> connection_id() and command = 'Query' and time > ?) as n`;
        for (let isOver = false; !isOver; ) {
          const [found] = await rows<{ n: number }>(own, late, [limits.seconds]);
          isOver = Number(found?.n) > 0 || (await filesOf(all, login.database)) > limits.bytes;
        }
      }),
    ),
  endSessions: (login, { signal }) =>
    withServer(login, { signal }, async (server) => {
      const sql = 'select id from information_schema.processlist where db = database() and id <> connection_id()';
      for (const { id } of await rows<{ id: number }>(server, sql))
        await server.query(`kill ${Number(id)}`).catch(() => {});
    }),
  facts: (login, where) =>
    withServer(login, where, async (server, place) => {
      const { version } = await aboutDatabase(server);
      const dumper = await findDumper(version, where.signal);
      const history =
        (await namesOf(server, VERSIONED)).length > 0 && isMariadb(dumper.version) && !isOldDumper(dumper.version);
      const options = ['--no-create-info', '--skip-triggers', ...(history ? ['--dump-history'] : [])];
      const run = { ...where, dumper, options, file: null, progress: () => {} };
      return { tables: await runDump({ ...login, hosts: [place] }, run), objects: await objectsOf(server) };
    }),
  load: async (login, file, options) => {
    const version = await withServer(login, options, async (server) => (await aboutDatabase(server)).version);
    await loadDump(login, version, file, options);
  },
  makeScratch: (login, { id, part, alone }, { signal }) =>
    withServer(login, { database: null, signal }, async (server, place) => {
      const database = scratchName(login.database, id);
      await createDatabase(server, database, part).catch((error: unknown) => {
        throw notAllowed('a database to restore into', error);
      });
      try {
        return await createLogin(login, server, place, { user: scratchLogin(id), database, withEvents: false });
      } catch (error) {
        if (alone && error instanceof NotAllowed && !error.isPowerful) return { ...login, hosts: [place], database };
        await inAnyCase(login, (again) => again.query(`drop database if exists ${identifier(database)}`));
        throw error;
      }
    }),
  scratches: (login, { signal }) =>
    withServer(login, { database: null, signal }, async (server) =>
      (await scratchDatabases(server)).map(({ id }) => id),
    ),
  // The login first: if this is interrupted, the next backup finds the database and drops both.
  dropScratch: (login, id) =>
    inAnyCase(login, async (server) => {
      await dropLogin(server, scratchLogin(id));
      for (const found of await scratchDatabases(server))
        if (found.id === id) await server.query(`drop database if exists ${identifier(found.name)}`);
    }),
  prepareTarget: (login, target, { signal }) => prepareTarget(login, target, signal),
  limit: (login, id, { signal }) => limit(login, id, signal),
  drop: (login) => inAnyCase(login, (server) => server.query(`drop database if exists ${identifier(login.database)}`)),
};
