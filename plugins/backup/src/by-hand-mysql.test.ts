// The manual steps of the README for MariaDB: an archive restored with tar and mariadb equals its source row by row.
import { execFileSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { site, temporaryFolder } from '../test/kit.ts';
import { asRoot, newDatabase, SHOP, serverUrl, urlOf } from '../test/server.ts';
import { running, toolsOf } from '../test/tools.ts';
import { restoreBackup } from './restore.ts';

/** Each row of each table and view in full, and each program as the server writes it. */
async function everythingIn(database: string, butDefiners = false): Promise<string> {
  const tables = await asRoot<{ name: string }>([
    `select table_name as name from information_schema.tables where table_schema = '${database}' order by 1`,
  ]);
  const contents: Record<string, unknown> = {};
  for (const { name } of tables) {
    const quoted = `\`${name.replaceAll('`', '``')}\``;
    const rows = (await asRoot([`select * from ${quoted}`], database)).map((row) => JSON.stringify(row)).sort();
    contents[name] = [rows, await asRoot([`show create table ${quoted}`], database)];
  }
  const about = (sql: string) => asRoot([sql.replaceAll('DB', `'${database}'`)]);
  const everything = {
    contents,
    routines: await about(
      'select routine_name, routine_type, routine_definition, definer from information_schema.routines where routine_schema = DB order by 1',
    ),
    triggers: await about(
      'select trigger_name, action_statement, action_timing, definer from information_schema.triggers where trigger_schema = DB order by 1',
    ),
    events: await about(
      'select event_name, event_definition, interval_value, interval_field, definer from information_schema.events where event_schema = DB order by 1',
    ),
  };
  const text = JSON.stringify(everything, null, 1);
  return butDefiners ? text.replace(/DEFINER=\S+|"definer": ".*"/g, '') : text;
}

test('a dump of MariaDB passes through its client, and everything in it is unchanged', async () => {
  const shop = await newDatabase([
    ...SHOP,
    'create table prices (id int primary key, price int) with system versioning',
    'insert into prices values (1, 10)',
  ]);
  await using here = await site({ own: false, databases: { shop: urlOf(shop) } });
  const { id, file } = await here.backup();
  const hand = `${shop}_hand`;
  await asRoot([`create database ${hand} character set utf8mb4 collate utf8mb4_general_ci`]);
  const folder = await temporaryFolder();
  execFileSync('tar', ['-xzf', join(here.folder, file), '-C', folder]);
  const { hostname, port, username } = serverUrl();
  const dump = openSync(join(folder, 'databases/shop.sql'), 'r');
  const login = ['--no-defaults', `--host=${hostname}`, `--port=${port}`, `--user=${username}`, '--protocol=tcp'];
  execFileSync('mariadb', [...login, '--binary-mode', '--comments', hand], { stdio: [dump, 'ignore', 'inherit'] });
  const source = await everythingIn(shop);
  expect(await everythingIn(hand)).toBe(source);

  // The plugin's own restore differs in the definers alone: they are the login that it was made by.
  const target = { to: urlOf(`${shop}_copy`), mayReplace: async () => false };
  await restoreBackup(id, target, toolsOf(here), running());
  expect(await everythingIn(`${shop}_copy`, true)).toBe(await everythingIn(shop, true));
});
