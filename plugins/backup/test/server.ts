// A database of a test on the server of the run, with everything that a dump can get wrong.
import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { onTestFinished } from 'vitest';

export const serverUrl = (): URL => new URL(process.env.JOBS_TEST_MYSQL_URL ?? '');

/** Runs statements as root, without a database unless one is named. */
export async function asRoot<T = Record<string, unknown>>(
  statements: readonly string[],
  database?: string,
): Promise<T[]> {
  const { hostname, port, username, password } = serverUrl();
  const about = {
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  const connection = await createConnection({
    ...about,
    charset: 'utf8mb4',
    ...(database === undefined ? {} : { database }),
  });
  try {
    let answer: unknown;
    for (const statement of statements) [answer] = await connection.query(statement);
    return answer as T[];
  } finally {
    await connection.end();
  }
}

/** Its name; dropped after the test, with what was restored of it. */
export async function newDatabase(statements: readonly string[] = []): Promise<string> {
  const name = `pwj_test_${randomBytes(6).toString('hex')}`;
  await asRoot([`create database ${name} character set utf8mb4 collate utf8mb4_general_ci`]);
  onTestFinished(async () => {
    const all = await asRoot<{ name: string }>([
      `select schema_name as name from information_schema.schemata where schema_name like '${name}%'`,
    ]);
    await asRoot(all.map((found) => `drop database if exists \`${found.name}\``));
    await asRoot((await loginsOf(name)).map((login) => `drop user if exists ${login}`));
  });
  if (statements.length > 0) await asRoot(statements, name);
  return name;
}

/** Logins that were made for a database of this test or for a copy of it, as `'user'@'host'`. */
export async function loginsOf(database: string): Promise<string[]> {
  const found = await asRoot<{ login: string }>([
    `select concat(quote(user), '@', quote(host)) as login from mysql.db
     where user like 'pwj\\_%' and replace(db, '\\\\', '') like '${database}%'`,
  ]);
  return found.map(({ login }) => login);
}

/** A login for the databases of a test, with these rights; its password is `x`. Dropped after the test. */
export async function newLogin(user: string, ...grants: string[]): Promise<string> {
  await asRoot([`create user '${user}'@'%' identified by 'x'`]);
  onTestFinished(async () => void (await asRoot([`drop user '${user}'@'%'`])));
  await asRoot(grants.map((grant) => `grant ${grant} to '${user}'@'%'`));
  return `${user}:x`;
}

/** `login`: `user:password`, encoded. */
export const urlOf = (database: string, login = serverUrl().username): string => {
  const { hostname, port } = serverUrl();
  return `mysql://${login}@${hostname}:${port}/${database}`;
};

/** Each kind of column, keys of every sort, and rows that are hard to write down. */
export const SHOP = [
  `create table goods (id bigint unsigned primary key auto_increment, name varchar(100) comment 'it''s; a', data longblob, f float, d double,
    e decimal(20,5), b bit(9), j json, kind enum('x','y;'), at datetime(3), ts timestamp null, k varbinary(10), place geometry,
    twice int generated always as (e * 2) stored, text_ text)`,
  `insert into goods (id, name, data, f, d, e, b, j, kind, at, ts, k, place, text_) values
    (1, 'it''s; -- x /* y ü 🎉 \\\\ " ', x'00ff270a', 0.1, 0.1, 1.23456, b'101', '{"a":"b\\\\n"}', 'y;', '2026-01-01 00:00:00.123', '2026-01-01 00:00:00',
      x'00', ST_GeomFromText('POINT(1 2)'), 'line1\\nline2\\0\\Z'),
    (18446744073709551615, '', '', null, null, null, null, null, null, null, null, null, null, null)`,
  'create table by_two (a varchar(20), b int, c varbinary(5), primary key (a, b))',
  "insert into by_two select concat('k', seq div 100), seq, unhex(lpad(hex(seq), 6, '0')) from seq_1_to_12000",
  'create table by_bytes (k varbinary(8) primary key, n int)',
  "insert into by_bytes select unhex(lpad(hex(seq), 8, '0')), seq from seq_1_to_6000",
  "create table by_word (k enum('z','a','m') primary key) ",
  "insert into by_word values ('z'), ('a'), ('m')",
  'create table `odd ``name``; x` (x int, y text)',
  "insert into `odd ``name``; x` values (1, 'a'), (1, 'a'), (2, null)",
  'create table nothing (id int primary key)',
  'create view seen as select id, name from goods',
  'create trigger before_goods before insert on goods for each row set new.f = coalesce(new.f, 1.5)',
  "create procedure greet() begin declare x int; /* don't; */ select 'a;b'; end",
  'create function three() returns int deterministic return 3',
  'create event daily on schedule every 1 day do delete from nothing where id < 0',
];
