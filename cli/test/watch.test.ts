// `start --watch`: the site restarts when a file is saved, however an editor saves it, and waits where it cannot start.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { startCommandLine, startFromSource } from './command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

const ALONE = fileURLToPath(new URL('watch-alone.ts', import.meta.url));
const ORPHAN = fileURLToPath(new URL('orphan-child.ts', import.meta.url));

/** Says what `word.mjs` exports; what it needs is loaded before its turn. */
const SITE = `
import { once } from 'node:events';
console.log('loaded');
await once(process, 'message');
console.log((await import('./word.mjs')).default);
process.send('started');
setInterval(() => {}, 1_000_000);
`;

/** Ends the process with the test; `printed` resolves when its output matches for the first time since the last match. */
function outputOf(child: ReturnType<typeof startCommandLine>) {
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

/** Watches a folder with `SITE`; `save` replaces a file in it by a rename, which is one event. */
async function watching({ ahead = false, word = "export default 'Hello';" } = {}) {
  const folder = await temporaryFolder();
  const save = async (name: string, text: string) => {
    await writeFile(join(folder, 'draft'), text);
    await rename(join(folder, 'draft'), join(folder, name));
  };
  await save('site.mjs', SITE);
  await save('word.mjs', word);
  return { folder, save, ...outputOf(startFromSource(ALONE, folder, ahead ? ['ahead'] : [])) };
}

test('writing or replacing a file restarts the site', async () => {
  const { folder, save, printed } = await watching();
  await printed(/^Hello$/m);
  for (const word of ['Salut', 'Moin']) {
    await save('word.mjs', `export default '${word}';`);
    await printed(new RegExp(`^${word}$`, 'm'));
  }
  await writeFile(join(folder, 'word.mjs'), "export default 'Ciao';");
  await printed(/^Ciao$/m);
});

test('JSON that the site writes does not restart it', async () => {
  const { save, printed } = await watching();
  await printed(/^Hello\n/m);
  await save('report.json', '{}');
  await save('word.mjs', "export default 'Salut';");
  await printed(/^word\.mjs has changed\.\nloaded\nSalut$/m);
});

test('the next process waits with its packages loaded, and reads the saved files', async () => {
  const { save, printed } = await watching({ ahead: true });
  await printed(/^loaded\nHello\nloaded\n$/);
  await save('word.mjs', "export default 'Salut';");
  await printed(/^word\.mjs has changed\.\nSalut\nloaded\n$/);
});

test('after a change of package.json, the packages are reloaded', async () => {
  const { save, printed } = await watching({ ahead: true });
  await printed(/^loaded\nHello\nloaded\n$/);
  await save('package.json', '{}');
  await printed(/^package\.json has changed\.\nloaded\nHello\nloaded\n$/);
});

test('packages that change together with a file, or in place, are reloaded', async () => {
  const { folder, save, printed } = await watching({ ahead: true });
  await printed(/^loaded\nHello\nloaded\n$/);
  writeFileSync(join(folder, 'word.mjs'), "export default 'Salut';");
  writeFileSync(join(folder, 'package.json'), '{}');
  // Slow writes are two saves.
  await printed(/ has changed\.\nloaded\nSalut\nloaded\n$/);
  await save('package-lock.json', '{}');
  await save('word.mjs', "export default 'Moin';");
  await printed(/^word\.mjs has changed\.\nloaded\nMoin\nloaded\n$/);
});

test('a process whose watcher is killed while it loads packages does not become the site', async () => {
  const child = fork(ORPHAN, {
    execArgv: ['--import', import.meta.resolve('tsx'), '--conditions=@phraseworks/source'],
    silent: true,
  });
  await once(child, 'message');
  child.disconnect();
  const [printed, [, signal]] = await Promise.all([child.stdout && text(child.stdout), once(child, 'exit')]);
  expect([printed, signal]).toEqual(['', 'SIGTERM']);
});

test('a folder created while the site cannot start is watched as well', async () => {
  const { folder, save, printed } = await watching({ word: "export { default } from './words/hello.mjs';" });
  await printed(/The site has stopped\./);
  await mkdir(join(folder, 'words'));
  await save('words/hello.mjs', "export default 'Hello';");
  await printed(/(hello\.mjs|words) has changed\./);
  await printed(/^Hello$/m);
});

test('a site in an endless loop is restarted', async () => {
  const { save, printed } = await watching({ word: "process.on('SIGTERM', () => {}); console.log('busy'); for (;;);" });
  await printed(/busy/);
  await save('word.mjs', "export default 'Hello';");
  await printed(/^Hello$/m);
});

test('a site that cannot start says why in one line, starts with the next save, and ends with its watcher', async () => {
  const folder = await temporaryFolder();
  const config = (database: string) =>
    writeFile(
      join(folder, 'jobs.config.mjs'),
      `export default { database: '${database}', plugins: { greeter: { use: './greeter.mjs' } } };`,
    );
  const plugin = (text: string) => writeFile(join(folder, 'greeter.mjs'), text);
  await plugin("import 'not-installed';");
  await config('nonsense');
  const args = ['start', '--watch', '--example', 'greet'];
  const { child, closed, printed } = outputOf(startCommandLine(folder, args, { PORT: '0' }));
  await printed(/^Invalid configuration:\n {2}database must be .+\nThe site has stopped\. .+\n$/);
  await config('sqlite::memory:');
  await printed(/^error the plugin "greeter" failed: Cannot find package 'not-installed' imported from \S+$/m);
  await printed(/No example job: /);
  await plugin('export default {{};');
  await printed(
    /^error the plugin "greeter" failed: Unexpected token '\{' in \S+greeter\.mjs or a file that it imports\./m,
  );
  await printed(/No example job: /);
  await plugin(`
    const run = ({ name }) => ({ success: true, message: 'Hello ' + name });
    const init = ({ registerProcessor }) => registerProcessor('greet', run, { example: { name: 'Ada' } });
    export default { name: 'greeter', init };
  `);
  await printed(/greet +example +completed .*Hello Ada/);
  child.kill('SIGKILL');
  await closed;
});
