#!/usr/bin/env node
// The command line: the built one where there is one, else the source through tsx in a process of its own.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/main.js', import.meta.url);
const source = new URL('../src/main.ts', import.meta.url);

if (existsSync(built)) {
  await import(built.href);
} else {
  const tsx = tsxOrNothing();
  if (tsx === undefined) {
    process.stderr.write(
      'phraseworks-jobs is not built, and tsx is not installed: npm run build, or npm install tsx\n',
    );
    process.exit(1);
  }
  const flags = ['--import', tsx, '--conditions=@phraseworks/source', fileURLToPath(source)];
  const child = spawn(process.execPath, [...flags, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its signals to both; others reach only this process.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === 'SIGTERM' ? 15 : signal === 'SIGINT' ? 2 : 9);
  });
}

function tsxOrNothing() {
  try {
    return import.meta.resolve('tsx');
  } catch {
    return undefined;
  }
}
