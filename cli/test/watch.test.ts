// `start --watch`: the site restarts when a file is saved, however an editor saves it, and waits where it cannot start.
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { startCommandLine } from './command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What a site on `database` has in its configuration: a type that greets with `word`. */
const config = (word: string, database = 'sqlite::memory:') => `
const run = ({ name }) => ({ success: true, message: '${word} ' + name });
const greeter = {
  name: 'greeter',
  init: ({ registerProcessor }) => registerProcessor('greet', run, { example: { name: 'Ada' } }),
};
export default { database: '${database}', plugins: { greeter: { use: greeter } } };
`;

/** Starts the site; `printed` resolves when its output matches for the first time since the last match. */
function watching(folder: string) {
  const child = startCommandLine(folder, ['start', '--watch', '--example', 'greet'], { PORT: '0' });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  const printed = async (pattern: RegExp): Promise<void> => {
    const found = await vi.waitUntil(() => pattern.exec(output), { timeout: 50_000 });
    output = output.slice(found.index + found[0].length);
  };
  return { child, closed, printed };
}

test('a file that is written, or replaced by another one, restarts the site and its example job', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'jobs.config.mjs');
  await writeFile(file, config('Hello'));
  const { printed } = watching(folder);
  await printed(/greet +example +completed .*Hello Ada/);
  for (const word of ['Salut', 'Moin']) {
    await writeFile(join(folder, 'draft'), config(word));
    await rename(join(folder, 'draft'), file);
    await printed(new RegExp(`greet +example +completed .*${word} Ada`));
  }
  await writeFile(file, config('Ciao'));
  await printed(/greet +example +completed .*Ciao Ada/);
});

test('a configuration that the site refuses is one line, and the next save starts the site', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'jobs.config.mjs');
  await writeFile(file, config('Hello', 'nonsense'));
  const { printed } = watching(folder);
  await printed(/^Invalid configuration:\n {2}database must be .+\nThe site has stopped\. .+\n$/);
  await writeFile(file, config('Hello'));
  await printed(/greet +example +completed .*Hello Ada/);
});

test('a package that a plugin misses is named without a stack, and the next save starts the plugin', async () => {
  const folder = await temporaryFolder();
  const plugins = `{ greeter: { use: './greeter.mjs' } }`;
  await writeFile(
    join(folder, 'jobs.config.mjs'),
    `export default { database: 'sqlite::memory:', plugins: ${plugins} };`,
  );
  await writeFile(join(folder, 'greeter.mjs'), "import 'not-installed';");
  const { printed } = watching(folder);
  await printed(/^error the plugin "greeter" failed: Cannot find package 'not-installed' imported from \S+$/m);
  await printed(/No example job: /);
  await writeFile(
    join(folder, 'greeter.mjs'),
    config('Hello').replace('export default', 'export default greeter; export const config ='),
  );
  await printed(/greet +example +completed .*Hello Ada/);
});

test('a folder that is made while the site cannot start is watched as well', async () => {
  const folder = await temporaryFolder();
  const plugins = `{ greeter: { use: './plugins/greeter.mjs' } }`;
  await writeFile(join(folder, 'jobs.config.mjs'), "import './plugins/greeter.mjs';");
  const { printed } = watching(folder);
  await printed(/The site has stopped\./);
  await mkdir(join(folder, 'plugins'));
  await writeFile(
    join(folder, 'plugins', 'greeter.mjs'),
    config('Hello').replace('export default', 'export default greeter; export const config ='),
  );
  await printed(/greeter\.mjs has changed\.|plugins has changed\./);
  await writeFile(
    join(folder, 'jobs.config.mjs'),
    `export default { database: 'sqlite::memory:', plugins: ${plugins} };`,
  );
  await printed(/greet +example +completed .*Hello Ada/);
});

test('a site in an endless loop restarts, too', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'jobs.config.mjs');
  await writeFile(
    file,
    `${config('Hello').replace('=> ({', "=> console.log('busy') || endless() || ({")}function endless() { for (;;); }`,
  );
  const { printed } = watching(folder);
  await printed(/busy/);
  await writeFile(file, config('Hello'));
  await printed(/greet +example +completed .*Hello Ada/);
});
