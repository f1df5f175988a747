// PostgreSQL: what its databases contain, scratch copies, and logins that are limited to one database.
import { createHash, randomBytes } from 'node:crypto';
import { BackupFailure, codeOf } from '../../failure.ts';
import type { DatabasePart, TableFacts } from '../../manifest.ts';
import type { Where } from '../client-program.ts';
import {
  type DatabaseFacts,
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
import { isEndOfLine } from '../lines.ts';
import { RowSum } from '../row-sum.ts';
import type { Login } from '../server-url.ts';
import { literal, name, PostgresError, type Session, withSession } from './connection.ts';
import { loadDump, programsLack, runDump, versionOf } from './dump.ts';

const OURS = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
const noMember = (of: string, catalog: string) =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${of}.oid and d.deptype = 'e')`;

const TABLES = `select n.nspname as schema, c.relname as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and ${OURS} and ${noMember('c', 'pg_class')} order by 1, 2`;

const OBJECTS = `
  select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' end
      || ' ' || n.nspname || '.' || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm', 'S', 'f') and ${OURS} and ${noMember('c', 'pg_class')}
  union all select case p.prokind when 'p' then 'procedure' else 'function' end || ' ' || n.nspname || '.' || p.proname || '('
      || pg_get_function_identity_arguments(p.oid) || ')'
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OURS} and ${noMember('p', 'pg_proc')}
  union all select 'trigger ' || t.tgname || ' on ' || n.nspname || '.' || c.relname
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where not t.tgisinternal and ${OURS}
  union all select 'policy ' || p.polname || ' on ' || n.nspname || '.' || c.relname
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where ${OURS}
  union all select 'extension ' || extname from pg_extension`;

const RESERVED = `
  select 'foreign table ' || n.nspname || '.' || c.relname || ': its definition is in the dump, its rows are not' as note
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'f' and ${OURS}
  union all select 'table ' || n.nspname || '.' || c.relname || ' belongs to an extension: dumped as the extension defines, and not compared'
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and ${OURS} and not ${noMember('c', 'pg_class')}`;

/**
 * COPY does not plan. To plan a SELECT, the server evaluates the constant parts of indexes and constraints, and so would run their
 * functions with the rights of the login that backs up.
 */
async function tableFacts(session: Session): Promise<TableFacts[]> {
  const facts: TableFacts[] = [];
  const [about] = await session.rows<{ charset: string }>(CHARSET);
  for (const { schema, table } of await session.rows<{ schema: string; table: string }>(TABLES)) {
    const sum = new RowSum();
    let row = createHash('sha256');
    // In the database's own encoding, since not all of it may be valid in another.
    const copy = `copy ${name(schema)}.${name(table)} to stdout (encoding ${literal(about?.charset ?? '')})`;
    await session.copy(copy, ({ bytes }) => {
      row.update(bytes);
      if (!isEndOfLine(bytes)) return;
      sum.add(row.digest());
      row = createHash('sha256');
    });
    facts.push({ name: `${schema}.${table}`, rows: sum.rows, checksum: sum.checksum() });
  }
  return facts;
}

const CHARSET =
  'select pg_encoding_to_char(encoding) as charset, datcollate as collation from pg_database where datname = current_database()';

const factsOf = async (session: Session): Promise<DatabaseFacts> => ({
  tables: await tableFacts(session),
  objects: (await session.rows<{ name: string }>(OBJECTS)).map((one) => one.name).sort(),
});

/** The dump and its description come from one moment: both read the snapshot of this session. */
async function dump(login: Login, options: DumpOptions): Promise<ServerDump> {
  return withSession(login, options, async (session) => {
    const lack = await programsLack(session, options.signal);
    if (lack !== null) throw new BackupFailure('MISSING_LIBRARY', lack);
    try {
      await session.run('begin transaction isolation level repeatable read, read only');
      const [snapshot] = await session.rows<{ id: string }>('select pg_export_snapshot() as id');
      await runDump(login, options, snapshot?.id ?? '');
      const [about] = await session.rows<{ charset: string; collation: string }>(CHARSET);
      const notes = (await session.rows<{ note: string }>(RESERVED)).map(({ note }) => note);
      const { version } = await versionOf(session);
      return {
        ...(await factsOf(session)),
        version,
        charset: about?.charset,
        collation: about?.collation,
        notes,
        missing: [],
      };
    } catch (error) {
      if (!(error instanceof PostgresError)) throw error;
      throw new BackupFailure('DUMP_FAILED', `the server refused to be read (error ${error.code})`, error);
    }
  });
}

const CANNOT: Readonly<Record<string, string>> = {
  '42501': 'the login may not create',
  '25006': 'the server is read-only, so it cannot create',
};

function notAllowed(what: string, error: unknown, isPowerful = false): unknown {
  if (!(error instanceof PostgresError)) return error;
  return new NotAllowed(
    `${CANNOT[error.code] ?? 'the server does not create'} ${what} (error ${error.code})`,
    isPowerful,
  );
}

/** Whether the login can reach more than databases: other logins, files or programs of the server. */
const POWERFUL = `select r.rolsuper or r.rolcreaterole or r.rolreplication or exists (select from pg_roles p where p.rolname in
  ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files') and pg_has_role(p.oid, 'member')) as yes
  from pg_roles r where r.rolname = current_user`;

const TEMPORARY = '4GB';

/** Creates a login with a random password. Its creator becomes its member, to be able to use what is restored. */
async function createLogin(login: Login, where: Where, user: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const rights = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
  try {
    await withSession(login, where, async (session) => {
      await session.run(`create role ${name(user)} login ${rights} password ${literal(password)}`);
      await session.run(`grant ${name(user)} to current_user`);
    });
    // What a query spills to disk is not in the database. Only a superuser may limit it.
    await inAnyCase(login, where, (session) =>
      session.run(`alter role ${name(user)} set temp_file_limit = ${literal(TEMPORARY)}`),
    );
    return password;
  } catch (error) {
    const [found] = await withSession(login, where, (session) => session.rows<{ yes: boolean }>(POWERFUL));
    throw notAllowed('a login that is limited to one database', error, found?.yes);
  }
}

const createDatabase = (
  session: Session,
  database: string,
  { charset, collation }: DatabasePart,
  owner?: string,
): Promise<void> => {
  const word = (text: string | undefined) => (text && /^[\w.@-]{1,60}$/.test(text) ? text : undefined);
  const encoding = word(charset) ? ` encoding ${literal(word(charset) ?? '')}` : '';
  const locale = word(collation) ? ` lc_collate ${literal(collation ?? '')} lc_ctype ${literal(collation ?? '')}` : '';
  const by = owner === undefined ? '' : ` owner ${name(owner)}`;
  return session.run(`create database ${name(database)} template template0${encoding}${locale}${by}`);
};

/** Cleans up in a new session, since an abort closes the others. The next backup drops what this one could not. */
const inAnyCase = (login: Login, { folder }: Where, work: (session: Session) => Promise<unknown>): Promise<void> =>
  withSession(login, { folder, signal: new AbortController().signal }, async (session) => {
    await work(session);
  }).catch(() => {});

const SCRATCHES = `select datname::text as name from pg_database where datname ~ '_pwj_verify_[0-9a-f]{10}$'
  union all select rolname::text from pg_roles where rolname ~ '^pwj_verify_[0-9a-f]{10}$'`;

const scratchNames = async (session: Session): Promise<string[]> =>
  (await session.rows<{ name: string }>(SCRATCHES)).map((found) => found.name);

async function dropScratch(login: Login, id: string, where: Where): Promise<void> {
  const ours = (found: string) => scratchId(found) === id;
  const isLogin = (found: string) => found === scratchLogin(id);
  await inAnyCase(login, where, async (session) => {
    for (const found of (await scratchNames(session)).filter((one) => ours(one) && !isLogin(one)))
      await session.run(`drop database if exists ${name(found)} with (force)`);
  });
  await inAnyCase(login, where, (session) => session.run(`drop role if exists ${name(scratchLogin(id))}`));
}

async function makeScratch(
  login: Login,
  { id, part, alone }: { id: string; part: DatabasePart; alone: boolean },
  where: Where,
): Promise<Login> {
  const database = scratchName(login.database, id);
  const make = async (limited: { user: string; password: string } | null): Promise<Login> => {
    await withSession(login, where, (session) => createDatabase(session, database, part, limited?.user)).catch(
      (error: unknown) => {
        throw notAllowed('a database to restore into', error);
      },
    );
    return { ...login, ...limited, database };
  };
  let limited: { user: string; password: string } | null = null;
  try {
    const user = scratchLogin(id);
    limited = { user, password: await createLogin(login, where, user) };
  } catch (error) {
    await dropScratch(login, id, where);
    if (!(error instanceof NotAllowed) || !alone || error.isPowerful) throw error;
  }
  try {
    return await make(limited);
  } catch (error) {
    await dropScratch(login, id, where);
    throw error;
  }
}

const RESTORE = 'pwj_restore_';

/**
 * The limited login stays the owner of everything that is restored: the server runs functions in indexes, views and the like with the
 * rights of their owner whenever it maintains a table, so the login of the URL must never own them.
 */
async function limit(login: Login, id: string, where: Where): Promise<Limited> {
  const user = `${RESTORE}${id}`;
  const remove = async (): Promise<void> => {
    await inAnyCase(login, where, (session) => session.run(`drop owned by ${name(user)}`));
    await inAnyCase(login, where, (session) => session.run(`drop role if exists ${name(user)}`));
  };
  try {
    const password = await createLogin(login, where, user);
    await withSession(login, where, async (session) => {
      await session.run(`grant connect, create, temporary on database ${name(login.database)} to ${name(user)}`);
      await session.run(`grant usage, create on schema public to ${name(user)}`);
    }).catch((error: unknown) => {
      throw notAllowed('a login that may write to the target alone', error, true);
    });
    return { login: { ...login, user, password }, settle: () => settle(login, user, where), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function settle(login: Login, user: string, where: Where): Promise<string> {
  await withSession(login, where, (session) => session.run(`alter role ${name(user)} nologin password null`));
  return `everything in it belongs to ${user}, a role that cannot log in and reaches only this database. Grant this role to the login that will use the copy, and keep administrators away from it: what is in a copy runs with the rights of whoever reads it`;
}

/** Of the roles that were created to restore into this database. */
const OWNERS = (database: string) => `select distinct r.rolname::text as name from pg_database d, aclexplode(d.datacl) a
  join pg_roles r on r.oid = a.grantee where d.datname = ${literal(database)} and starts_with(r.rolname, ${literal(RESTORE)})`;

async function drop(login: Login, where: Where): Promise<void> {
  await inAnyCase({ ...login, database: 'postgres' }, where, async (session) => {
    const owners = await session.rows<{ name: string }>(OWNERS(login.database));
    await session.run(`drop database if exists ${name(login.database)} with (force)`);
    for (const owner of owners) await session.run(`drop role if exists ${name(owner.name)}`);
  });
}

const MISSING_DATABASE = /database does not exist/;

async function prepareTarget(login: Login, { part }: Target, where: Where): Promise<void> {
  const count = `select count(*)::int as n from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${OURS}`;
  try {
    const [found] = await withSession(login, where, (session) => session.rows<{ n: number }>(count));
    if (found?.n === 0) return;
  } catch (error) {
    if (!(error instanceof BackupFailure) || !MISSING_DATABASE.test(error.message)) throw error;
    const maintenance = { ...login, database: 'postgres' };
    return withSession(maintenance, where, (session) => createDatabase(session, login.database, part)).catch(
      (why: unknown) => {
        throw new BackupFailure(
          'WRONG_TARGET',
          `the database does not exist and cannot be created${codeOf(why) ? ` (${codeOf(why)})` : ''}`,
          why,
        );
      },
    );
  }
  throw notEmpty();
}

export const postgres: ServerEngine = {
  dump,
  load: loadDump,
  makeScratch,
  dropScratch,
  prepareTarget,
  limit,
  lacks: (login, where) =>
    withSession(login, where, (session) => programsLack(session, where.signal)).catch((error: unknown) => {
      if (error instanceof BackupFailure && error.code === 'MISSING_LIBRARY') return error.message;
      throw error;
    }),
  measure: (login, where) =>
    withSession(login, where, async (session) => {
      const [found] = await session.rows<{ bytes: string }>(
        'select pg_database_size(current_database())::text as bytes',
      );
      return Number(found?.bytes ?? 0);
    }),
  facts: (login, where) => withSession(login, where, factsOf),
  scratches: async (login, where) =>
    withSession(login, where, async (session) => (await scratchNames(session)).flatMap((one) => scratchId(one) ?? [])),
  drop,
  outgrows: (login, _owner, limits, where) =>
    withSession(login, where, async (session) => {
      const sql = 'select pg_database_size(current_database())::text as bytes from pg_sleep(0.5)';
      for (let bytes = 0; bytes <= limits.bytes; )
        bytes = Number((await session.rows<{ bytes: string }>(sql))[0]?.bytes);
    }),
  endSessions: (login, where) =>
    withSession(login, where, async (session) => {
      await session.rows(`select pg_terminate_backend(pid) from pg_stat_activity
        where usename = current_user and datname = current_database() and pid <> pg_backend_pid()`);
    }),
};
