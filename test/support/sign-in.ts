// Asks a closed site as strangers, forgers and those with the link of a sign-in do.
import { request } from 'node:http';
import type { JobsHost } from '@phraseworks/jobs';
import type { CommandIo } from '@phraseworks/sdk';
import { expect } from 'vitest';
import type { Assembled } from '../../core/src/create-jobs.ts';

type Headers = Record<string, string>;

/** Status of a GET with headers that fetch would not send. */
export const get = (port: number, path: string, headers: Headers = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const out = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    out.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    out.on('error', reject);
    out.end();
  });

const PATHS = [
  '',
  '/',
  '/api/jobs',
  '/api/me',
  '/api/metrics',
  '/metrics',
  '/api/plugins',
  '/api/openapi.json',
  '/plugins/x/y',
];
const FORGED: Headers[] = [
  {},
  { host: 'localhost' },
  { host: '127.0.0.1:3210' },
  { 'x-forwarded-for': '127.0.0.1' },
  { forwarded: 'for=127.0.0.1;host=localhost' },
  { 'x-real-ip': '::1', 'x-forwarded-host': 'localhost' },
];
const UPGRADE: Headers = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** Nothing but health, ready and the page that names the command. */
export async function expectClosed(port: number): Promise<void> {
  for (const headers of FORGED) {
    for (const path of [...PATHS, '/api/none'])
      expect([path, headers, await get(port, `/jobs${path}`, headers)]).toEqual([path, headers, 401]);
    expect([headers, await get(port, '/jobs/ws', { ...headers, ...UPGRADE })]).toEqual([headers, 401]);
  }
  for (const path of ['/health', '/ready']) expect(await get(port, `/jobs${path}`)).toBe(200);
}

/** Sends the code as the page of the link does; answers the cookie. */
export async function exchange(origin: string, code: string, headers: Headers = {}): Promise<Response> {
  return fetch(`${origin}/jobs/sign-in`, { method: 'POST', headers, body: new URLSearchParams({ code, secure: '' }) });
}

export const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';

/** What `phraseworks-jobs link` prints on a site whose plugins run in this process; one line for each of its remarks. */
export async function runLink(jobs: JobsHost, options: Record<string, string | true> = {}, ...positionals: string[]) {
  const { internals } = jobs as Assembled;
  const commands = [...internals.site.slots.values()].flatMap(({ running }) => running?.commands ?? []);
  const link = commands.find(({ name }) => name === 'link');
  const said = { out: [] as string[], remarks: [] as string[], audited: [] as string[] };
  const io: Partial<CommandIo> = {
    out: (line) => void said.out.push(line),
    err: (line) => void said.remarks.push(line),
    audit: async (what) => void said.audited.push(what),
    json: options.json === true,
  };
  const { json: _, ...given } = options;
  await link?.run({ options: given, positionals }, io as CommandIo);
  return said;
}

/** The code in a new link. */
export async function newCode(jobs: JobsHost): Promise<string> {
  const { out } = await runLink(jobs);
  return new URL(out[0] ?? '').searchParams.get('code') ?? '';
}
