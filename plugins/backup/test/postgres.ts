// A throw-away PostgreSQL server of a test file, and a database with everything that a dump can get wrong.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../test/server/binaries.ts';
import { Guard } from '../../../test/server/guard.ts';
import { folderInMemory } from '../../../test/server/memory.ts';
import { freePorts } from '../../../test/server/port.ts';

/** Debian keeps the server's programs out of PATH. */
function folderOfPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'postgres')));
  return found ?? findProgram('postgres')?.replace(/\/postgres$/, '');
}

const BIN = folderOfPrograms();

export const NO_POSTGRES =
  BIN === undefined || findProgram('pg_dump') === undefined
    ? 'no PostgreSQL: install postgresql, with its client programs pg_dump, pg_restore and psql'
    : undefined;

export class TestPostgres {
  readonly folder = mkdtempSync(join(folderInMemory(), 'pwj-postgres-'));
  readonly #guard = new Guard(this.folder);
  port = 0;

  /** Of the superuser, or of another login. */
  url(database: string, login = 'postgres'): string {
    return `postgresql://${login}@127.0.0.1:${this.port}/${database}`;
  }

  /** It refuses to run as root, so it runs as the user that its package has made. */
  #command(program: string, args: string[]): [string, string[]] {
    const path = join(BIN ?? '', program);
    return process.getuid?.() === 0
      ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', path, ...args]]
      : [path, args];
  }

  async start(): Promise<void> {
    const data = join(this.folder, 'data');
    mkdirSync(data);
    if (process.getuid?.() === 0) spawnSync('chown', ['-R', 'postgres:postgres', this.folder]);
    const made = spawnSync(
      ...this.#command('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']),
    );
    if (made.status !== 0) throw new Error(`PostgreSQL cannot make its data folder: ${made.stderr}`);
    // Passwords are checked, so that a login works by the one it was given.
    const who = 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n';
    writeFileSync(join(data, 'pg_hba.conf'), who);
    [this.port = 0] = await freePorts(1);
    const settings = ['-p', String(this.port), '-h', '127.0.0.1', '-k', this.folder, '-c', 'fsync=off'];
    const child = spawn(...this.#command('postgres', ['-D', data, ...settings]), { stdio: 'ignore', detached: true });
    child.unref();
    this.#guard.watch(child.pid);
    const deadline = performance.now() + 30_000;
    while (spawnSync(join(BIN ?? '', 'pg_isready'), ['-h', '127.0.0.1', '-p', String(this.port)]).status !== 0) {
      if (performance.now() > deadline) throw new Error('PostgreSQL does not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  stop(): Promise<void> {
    return this.#guard.finish();
  }

  /** What psql prints for these statements. Throws with what it said. */
  run(database: string, sql: string, login?: string): string {
    const args = ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-d', this.url(database, login)];
    const { status, stdout, stderr } = spawnSync('psql', args, { input: sql, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }
}

export const CMS = `
  create extension pgcrypto; create extension citext;
  create type kind as enum ('x', 'y;');
  create table goods (id bigint generated always as identity primary key, name text, mail citext, data bytea, f real, d double precision,
    n numeric(20, 5), j json, jb jsonb, k kind, at timestamptz, days interval, tags text[], money money,
    twice numeric generated always as (n * 2) stored);
  comment on table goods is 'it''s; a';
  insert into goods (name, mail, data, f, d, n, j, jb, k, at, days, tags, money) values
    (E'it''s; -- x /* y ü 🎉 \\\\ " \\n \\\\! ', 'A@b', '\\x00ff270a', 0.1, 0.1, 1.23456, '{"b": 1, "a":"\\n"}', '{"b": 1}', 'y;', '2026-01-01 00:00:00.123456+00',
      '1 mon 2 days', '{a,"b,c",null}', '12.34'),
    (null, null, '', 'NaN', '-Infinity', null, null, null, null, 'infinity', null, '{}', null);
  create table "odd ""name""; x" (t text, pwj text);
  insert into "odd ""name""; x" values ('a', 'a'), ('a', 'a'), (null, 'b');
  create table nothing (id int primary key);
  create table parts (id int, at date) partition by range (at);
  create table parts_2026 partition of parts for values from ('2026-01-01') to ('2027-01-01');
  insert into parts select n, date '2026-01-01' + n % 300 from generate_series(1, 5000) n;
  create schema shop; create table shop.words (w text primary key); insert into shop.words values ('a'), ('m'), ('z');
  create view seen as select id, name from goods;
  create materialized view counted as select count(*) as n from parts;
  create sequence numbers start 42; select nextval('numbers');
  create function three() returns int language sql immutable as 'select 3';
  create procedure greet(a int) language plpgsql as $$ begin raise notice 'a;b'; end $$;
  create function loud() returns trigger language plpgsql as $$ begin new.f = coalesce(new.f, 1.5); return new; end $$;
  create trigger before_goods before insert on goods for each row execute function loud();
  select lo_from_bytea(0, '\\x00ff');
`;
