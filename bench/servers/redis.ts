// A throw-away Redis that writes its log to the disk before it answers: the same promise as ours.
import { connect } from 'node:net';
import { freePort, makeFolder, type Server, startServer } from './process.ts';

export async function startRedis(base: string): Promise<Server> {
  const folder = makeFolder(base, 'redis');
  const port = await freePort();
  const disk = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...disk];
  return startServer('redis-server', args, folder, `redis://127.0.0.1:${port}`, () =>
    say(port, 'PING', '+PONG').then(() => {}),
  );
}

/** An empty Redis for the next measurement. */
export const emptyRedis = (url: string): Promise<void> =>
  say(Number(new URL(url).port), 'FLUSHALL', '+OK').then(() => {});

/** One setting, as the server itself says. */
async function setting(url: string, name: string): Promise<string> {
  const answer = await say(Number(new URL(url).port), `CONFIG GET ${name}`, '*');
  return answer.split('\r\n')[4] ?? '';
}

/** When it writes to the disk, as it says itself. */
export const readSync = async (url: string): Promise<string> =>
  `appendonly=${await setting(url, 'appendonly')} appendfsync=${await setting(url, 'appendfsync')}`;

export async function versionOfRedis(url: string): Promise<string> {
  const info = await say(Number(new URL(url).port), 'INFO server', '$');
  return `Redis ${/redis_version:(\S+)/.exec(info)?.[1]}`;
}

/** One command over a connection of its own; its answer must begin so. */
const say = (port: number, command: string, expected: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.end();
      if (String(answer).startsWith(expected)) resolve(String(answer));
      else reject(new Error(`the Redis server did not answer ${command} as expected`));
    });
  });
