// Accepted servers, and the errors for others.
import { expect, test } from 'vitest';
import { createLogger } from '../../kernel/logger.ts';
import { askServer } from './server.ts';

const GOOD = { version: '11.8.9-MariaDB-log', flush: 1, packet: 16_777_216, steps: 1 };

async function ask(answer: Partial<typeof GOOD>) {
  const said: string[] = [];
  const log = createLogger('info', (line) => said.push(line));
  return { server: await askServer(async () => [{ ...GOOD, ...answer }], log), said };
}

test.each([
  ['11.8.9-MariaDB-0+deb13u1', 'MariaDB', '11.8.9', 'utf8mb4_nopad_bin'],
  ['10.11.2-MariaDB-1:10.11.2+maria~ubu2204-log', 'MariaDB', '10.11.2', 'utf8mb4_nopad_bin'],
  ['5.5.5-10.11.2-MariaDB', 'MariaDB', '10.11.2', 'utf8mb4_nopad_bin'],
  ['8.0.17', 'MySQL', '8.0.17', 'utf8mb4_0900_bin'],
  ['8.4.3-0ubuntu0.24.04.1', 'MySQL', '8.4.3', 'utf8mb4_0900_bin'],
  ['9.1.0-commercial', 'MySQL', '9.1.0', 'utf8mb4_0900_bin'],
])('%s is recognised as %s %s, with a collation that keeps keys apart: %s', async (version, engine, own, collation) => {
  const { server, said } = await ask({ version });
  expect(server).toMatchObject({ engine, version: own, collation });
  expect(said).toEqual([]);
});

test.each([
  ['10.5.27-MariaDB', 'MariaDB 10.5.27 is too old: use MariaDB 10.6.0 or newer'],
  ['8.0.0', 'MySQL 8.0.0 is too old: use MySQL 8.0.1 or newer'],
  ['5.7.44-log', 'MySQL 5.7.44 is too old: use MySQL 8.0.1 or newer'],
])('%s is refused', async (version, said) => {
  await expect(ask({ version })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining(said),
  });
});
