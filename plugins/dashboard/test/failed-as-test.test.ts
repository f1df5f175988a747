// "A test that repeats the failure", as the page of a failed job gives it, is written to a file and run by vitest.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import email from '@phraseworks/plugin-email';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import dashboard from '../src/index.ts';

const run = promisify(execFile);
const vitest = dirname(createRequire(import.meta.url).resolve('vitest/package.json'));

const CONFIG = `export default {
  ssr: { resolve: { conditions: ['@phraseworks/source', 'module', 'node', 'development|production'] } },
};
`;

test('the generated test of a refused mail passes, because the mail is refused again', async () => {
  await using jobs = await createTestJobs({
    plugins: { dashboard: { use: dashboard }, email: { use: email, config: { mailbox: { port: 0 } } } },
  });
  const { id } = await jobs.addJob({
    type: 'email',
    data: { to: 'refused@example.test', template: 'welcome', variables: { userName: "O'Neil", token: 'tell nobody' } },
  });
  await jobs.idle();
  const source = copied(await (await jobs.request(`/job/${id}`)).text());
  expect(source).toContain("token: '********'");
  expect(source).not.toContain('tell nobody');

  await using folder = await folderWith(source);
  const { stdout } = await run(process.execPath, [join(vitest, 'vitest.mjs'), 'run', '--root', folder.path], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
    timeout: 60_000,
  });
  expect(stdout).toMatch(/Tests\s+1 passed \(1\)/);
}, 90_000);

const SIGNS: Record<string, string> = { '&#39;': "'", '&quot;': '"', '&gt;': '>', '&lt;': '<', '&amp;': '&' };

const copied = (html: string): string =>
  (/<pre id="copy-text-test">([^<]*)<\/pre>/.exec(html)?.[1] ?? '').replace(
    /&(?:#39|quot|gt|lt|amp);/g,
    (sign) => SIGNS[sign] ?? '',
  );

/** With the packages of this repository, from their source. */
async function folderWith(source: string): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'failed-as-test-'));
  await symlink(vitest.replace(/(node_modules).*$/, '$1'), join(path, 'node_modules'));
  await writeFile(join(path, 'failure.test.ts'), source);
  await writeFile(join(path, 'vitest.config.mjs'), CONFIG);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
