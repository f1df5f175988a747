// nginx and HAProxy for a test, configured with the snippets of docs/operations.md as they stand there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { fencesOf } from '../docs/markdown.ts';
import { findProgram } from '../server/binaries.ts';
import { freePorts } from '../server/port.ts';
import { temporaryFolder } from './folder.ts';

export type ProxyName = 'nginx' | 'haproxy';

const PAGE = 'docs/operations.md';
const snippetWith = (text: string): string => fencesOf(PAGE).find(({ code }) => code.includes(text))?.code ?? '';

const CONFIGS: Record<ProxyName, (port: number, to: number, folder: string) => string> = {
  nginx: (port, to, folder) => `daemon off; error_log stderr; pid ${folder}/nginx.pid; worker_processes 1;
events {}
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  server { listen 127.0.0.1:${port}; ${snippetWith('proxy_pass').replace('127.0.0.1:3210', `127.0.0.1:${to}`)} }
}`,
  haproxy: (port, to) =>
    snippetWith('default_backend')
      .replace('bind :80', `bind 127.0.0.1:${port}`)
      .replace('127.0.0.1:3210', `127.0.0.1:${to}`),
};

/** Answers its port when it listens; stopped with the test, which is skipped where the program is missing. */
export async function startProxy(name: ProxyName, to: number, skip: (reason: string) => never): Promise<number> {
  const program = findProgram(name) ?? skip(`needs ${name} in PATH or /usr/sbin`);
  const folder = await temporaryFolder();
  const [port = 0] = await freePorts(1);
  const file = join(folder, 'proxy.conf');
  await writeFile(file, `${CONFIGS[name](port, to, folder)}\n`);
  const child = spawn(program, name === 'nginx' ? ['-p', folder, '-c', file] : ['-db', '-f', file]);
  const over = once(child, 'exit').then(() => 'over' as const);
  let said = '';
  child.stderr.on('data', (text) => {
    said += String(text);
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await over;
  });
  for (;;) {
    const found = await Promise.race([over, reach(port)]);
    if (found === 'over') throw new Error(`${name} ended:\n${said}`);
    if (found) return port;
  }
}

const reach = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.end(() => resolve(true)));
    socket.once('error', () => setImmediate(resolve, false));
  });
