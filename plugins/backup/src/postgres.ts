// PostgreSQL as a server of databases, by its own programs: pg_dump, pg_restore and psql.
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { findPrograms, nothingOf, type RunOptions, runProgram, type Where, withSecretFile } from './client-program.ts';
import { BackupFailure, codeOf, writeFailure } from './failure.ts';
import type { DatabasePart, TableFacts } from './manifest.ts';
import {
  environmentOf,
  literal,
  name,
  PostgresError,
  passFile,
  type Session,
  withSession,
} from './postgres-session.ts';
import {
  type DatabaseFacts,
  type DumpOptions,
  type Limited,
  type LoadOptions,
  NotAllowed,
  notEmpty,
  restoreFailed,
  type ServerDump,
  type ServerEngine,
  scratchId,
  scratchLogin,
  scratchName,
  type Target,
} from './server.ts';
import type { Login } from './server-url.ts';

const PACKAGE = 'postgresql-client';
const PROGRAMS = ['pg_dump', 'pg_restore', 'psql'];

/** `15` of `pg_dump (PostgreSQL) 15.20 (Debian ...)`. */
const majorOf = (version: string): number => Number(/\(PostgreSQL\) (\d+)/.exec(version)?.[1] ?? 0);

const versionOf = async (session: Session): Promise<{ version: string; major: number }> => {
  const sql =
    "select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major";
  const [found] = await session.rows<{ version: string; major: number }>(sql);
  return found ?? { version: '', major: 0 };
};

/** Undefined: all is well. */
async function programsLack(session: Session, signal: AbortSignal): Promise<string | undefined> {
  const found = await findPrograms(PROGRAMS, signal);
  const absent = PROGRAMS.filter((program) => !found.some((one) => one.name === program));
  const { major } = await versionOf(session);
  if (absent.length > 0) return `${absent.join(' and ')} cannot be run here: apt-get install ${PACKAGE}`;
  const old = found.find(({ version }) => majorOf(version) < major);
  if (old === undefined) return undefined;
  const ours = majorOf(old.version);
  return `${old.name} ${ours} cannot dump a server of version ${major}, which needs ${major} or newer: apt-get install ${PACKAGE}-${major}`;
}

/** Runs one of the programs with this login. */
const run = <T>(
  login: Login,
  program: string,
  args: readonly string[],
  where: Where,
  more: Omit<RunOptions<T>, 'signal' | 'env'>,
) =>
  withSecretFile(where.folder, passFile(login), (path) =>
    runProgram(program, ['--no-password', ...args], { signal: where.signal, env: environmentOf(login, path), ...more }),
  );

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
  union all select 'table ' || n.nspname || '.' || c.relname || ' belongs to an extension: copied as that says, and not compared'
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and ${OURS} and not ${noMember('c', 'pg_class')}`;

/** A sum over the rows, so that their order does not count. `format` writes a row without the casts that a database may define. */
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
    if (lack !== undefined) throw new BackupFailure('MISSING_LIBRARY', lack);
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

async function runDump(login: Login, options: DumpOptions, snapshot: string): Promise<void> {
  const { file, signal, progress } = options;
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      progress(bytes);
      done(null, chunk);
    },
  });
  const { code, killedBy, said } = await run(
    login,
    'pg_dump',
    // The archive around it is compressed.
    ['--format=custom', '--compress=0', `--snapshot=${snapshot}`],
    options,
    {
      take: (output) =>
        pipeline(output, meter, createWriteStream(file, { flags: 'w', mode: 0o600 }), { signal }).catch(
          (error: unknown) => {
            throw writeFailure(error);
          },
        ),
    },
  );
  if (code !== 0) throw dumpFailure(code, killedBy, said);
  // The format has no closing mark: only reading all of it finds a dump that was cut off.
  const read = await runProgram('pg_restore', ['--file=-', file], { signal, take: nothingOf });
  if (read.code !== 0) throw new BackupFailure('DUMP_FAILED', 'the output of pg_dump cannot be read to its end');
}

function dumpFailure(code: number | null, killedBy: string | null, said: string): BackupFailure {
  const object =
    /permission denied for (?:\w+ )?([\w.]+)/i.exec(said)?.[1] ??
    /Query was: (?:LOCK TABLE|COPY) (?:ONLY )?([\w."]+)/.exec(said)?.[1] ??
    /table "([^"]+)"/.exec(said)?.[1];
  const rights = /permission denied|row-level security/i.test(said) ? ', for want of rights' : '';
  const ended = killedBy === null ? `ended with code ${code}` : `was ended by ${killedBy}`;
  return new BackupFailure('DUMP_FAILED', `pg_dump ${ended}${object === undefined ? '' : ` at ${object}`}${rights}`);
}

/** Custom format: pg_restore sends statements and runs no command of psql. Subscriptions would begin to fetch. */
async function load(login: Login, file: string, options: LoadOptions): Promise<void> {
  const args = [
    '--verbose',
    '--exit-on-error',
    '--single-transaction',
    '--no-owner',
    '--no-acl',
    '--no-tablespaces',
    '--no-subscriptions',
  ];
  const { code, killedBy, said } = await run(
    login,
    'pg_restore',
    [...args, `--dbname=${conninfo(login.database)}`, file],
    options,
    {
      take: nothingOf,
    },
  ).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new BackupFailure('MISSING_LIBRARY', `pg_restore cannot be run here: apt-get install ${PACKAGE}`, error);
  });
  if (code === 0) return options.progress(Number.MAX_SAFE_INTEGER);
  if (killedBy !== null) throw new BackupFailure('RESTORE_FAILED', `pg_restore was ended by ${killedBy}`);
  // Of the lines `creating FUNCTION "public.three()"` and `processing data for table "public.goods"` the last one is where it ended.
  const lines = [...said.matchAll(/^pg_restore: (?:creating ([A-Z ]+)|processing data for (table)) "(.{1,300})"$/gm)];
  const [, kind, table, what] = lines.at(-1) ?? [];
  const object = kind === undefined ? `the rows of the ${table}` : `the ${kind.toLowerCase()}`;
  const rights = /permission denied|must be (?:superuser|owner|able|a member)/i.test(said);
  throw restoreFailed(
    what === undefined ? 'a statement of the dump' : `${object} ${what}`,
    rights ? '42501' : null,
    rights,
  );
}

/** A name that looks like a connection string would be taken for one. */
const conninfo = (database: string): string => `dbname='${database.replace(/[\\']/g, '\\$&')}'`;

const CANNOT: Readonly<Record<string, string>> = {
  '42501': 'the login may not make',
  '25006': 'the server takes no writes, so it cannot make',
};

function notAllowed(what: string, error: unknown): unknown {
  if (!(error instanceof PostgresError)) return error;
  return new NotAllowed(`${CANNOT[error.code] ?? 'the server does not make'} ${what} (error ${error.code})`);
}

/** A login with a random password. The login that makes it becomes its member, so that it can take over what was restored. */
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

/** On a session of its own, since an abort has ended the others. What cannot be dropped now is dropped by the next backup. */
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

/** What was restored goes over to the login that asked for it, and the limited one is dropped. */
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
          `the database is not there and cannot be made${codeOf(why) ? ` (${codeOf(why)})` : ''}`,
          why,
        );
      },
    );
  }
  throw notEmpty();
}

export const postgres: ServerEngine = {
  dump,
  load,
  makeScratch,
  dropScratch,
  prepareTarget,
  limit,
  lacks: (login, where) =>
    withSession(login, where, async (session) => (await programsLack(session, where.signal)) ?? null).catch(
      (error: unknown) => {
        if (error instanceof BackupFailure && error.code === 'MISSING_LIBRARY') return error.message;
        throw error;
      },
    ),
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
