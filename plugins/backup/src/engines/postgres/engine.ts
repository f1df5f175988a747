// PostgreSQL: what its databases contain, scratch copies, and logins that are limited to one database.
import { randomBytes } from 'node:crypto';
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

/** Sums over the rows, so that their order does not matter. `format` ignores casts that the database may define. */
async function tableFacts(session: Session): Promise<TableFacts[]> {
  const facts: TableFacts[] = [];
  for (const { schema, table } of await session.rows<{ schema: string; table: string }>(TABLES)) {
    const half = (from: number) => `coalesce(sum(('x' || substr(h, ${from}, 16))::bit(64)::bigint), 0)`;
    const [found] = await session.rows<{ rows: string; checksum: string }>(
      `select count(*)::text as rows, ${half(1)} || '/' || ${half(17)} as checksum
       from (select encode(sha256(convert_to(format('%s', pwj_row), getdatabaseencoding())), 'hex') as h
             from only ${name(schema)}.${name(table)} pwj_row) hashes`,
    );
    facts.push({ name: `${schema}.${table}`, rows: Number(found?.rows), checksum: found?.checksum ?? '' });
  }
  return facts;
}

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
      const [about] = await session.rows<{ charset: string; collation: string }>(
        'select pg_encoding_to_char(encoding) as charset, datcollate as collation from pg_database where datname = current_database()',
      );
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

function notAllowed(what: string, error: unknown): unknown {
  if (!(error instanceof PostgresError)) return error;
  return new NotAllowed(`${CANNOT[error.code] ?? 'the server does not create'} ${what} (error ${error.code})`);
}

/** Creates a login with a random password. Its creator becomes its member, to be able to take over what was restored. */
async function createLogin(session: Session, user: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const rights = 'nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
  try {
    await session.run(`create role ${name(user)} login ${rights} password ${literal(password)}`);
    await session.run(`grant ${name(user)} to current_user`);
    return password;
  } catch (error) {
    throw notAllowed('a login that is limited to one database', error);
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
    limited = { user, password: await withSession(login, where, (session) => createLogin(session, user)) };
  } catch (error) {
    await dropScratch(login, id, where);
    if (!(error instanceof NotAllowed) || !alone) throw error;
  }
  try {
    return await make(limited);
  } catch (error) {
    await dropScratch(login, id, where);
    throw error;
  }
}

/** Afterwards the restored objects pass to the given login, and the limited one is dropped. */
async function limit(login: Login, id: string, where: Where): Promise<Limited> {
  const user = `pwj_restore_${id}`;
  const remove = async (session: Session) => {
    await session.run(`drop owned by ${name(user)}`).catch(() => {});
  };
  const dropRole = () => inAnyCase(login, where, (session) => session.run(`drop role if exists ${name(user)}`));
  const password = await withSession(login, where, async (session) => {
    const made = await createLogin(session, user);
    try {
      await session.run(`grant connect, create, temporary on database ${name(login.database)} to ${name(user)}`);
      await session.run(`grant usage, create on schema public to ${name(user)}`);
    } catch (error) {
      throw notAllowed('a login that may write to the target alone', error);
    }
    return made;
  }).catch(async (error: unknown) => {
    await inAnyCase(login, where, remove);
    await dropRole();
    throw error;
  });
  return {
    login: { ...login, user, password },
    settle: async () => {
      await withSession(login, where, async (session) => {
        await session.run(`reassign owned by ${name(user)} to current_user`);
        await session.run(`drop owned by ${name(user)}`);
        await session.run(`drop role ${name(user)}`);
      });
      return 'everything in it belongs to the login of its URL';
    },
    remove: async () => {
      await inAnyCase(login, where, remove);
      await dropRole();
    },
  };
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
  drop: (login, where) =>
    inAnyCase({ ...login, database: 'postgres' }, where, (session) =>
      session.run(`drop database if exists ${name(login.database)} with (force)`),
    ),
};
