// A real S3 server on loopback with one bucket, and a door before it that checks signatures and can refuse.
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as forward } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { listen, temporaryFolder } from './kit.ts';
import { isSigned } from './signature.ts';

interface Server {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
interface ServerOptions {
  port: number;
  address: string;
  silent: boolean;
  directory: string;
  configureBuckets: { name: string }[];
}
// The package has no types of its own.
const S3rver = createRequire(import.meta.url)('s3rver') as new (options: ServerOptions) => Server;

const BUCKET = 'pictures';
const SECRET = 'S3RVER';

/** What the door answers instead of the server: a status, `cut` for a broken connection, or nothing at all. */
type Answer = number | 'cut' | 'silent' | null;

function refuse(answer: Answer, incoming: IncomingMessage, response: ServerResponse): void {
  if (answer === 'cut') incoming.socket.destroy();
  if (typeof answer !== 'number') return;
  response.writeHead(answer, { location: 'http://169.254.169.254/' }).end('<Error>SECRET</Error>');
}

function pass(port: number, incoming: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const { method, url: path, headers } = incoming;
  const onward = forward({ port, host: '127.0.0.1', method, path, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 500, answered.headers);
    answered.pipe(response);
  });
  onward.on('error', () => response.destroy());
  onward.end(body);
}

export async function bucketServer() {
  const directory = await temporaryFolder();
  const configureBuckets = [{ name: BUCKET }];
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets });
  const { port } = await server.run();
  onTestFinished(() => server.close());

  const asked: string[] = [];
  const door: { answer: (method: string, path: string) => Answer } = { answer: () => null };
  const front = await listen(async (incoming, response) => {
    const [method, path] = [incoming.method ?? '', incoming.url ?? ''];
    const body = await buffer(incoming);
    asked.push(`${method} ${path}`);
    const answer = isSigned(incoming, body, SECRET) ? door.answer(method, path) : 403;
    if (answer === null) pass(port, incoming, body, response);
    else refuse(answer, incoming, response);
  });
  return {
    s3: {
      endpoint: `http://127.0.0.1:${front.port}`,
      bucket: BUCKET,
      prefix: 'site/',
      accessKeyId: 'S3RVER',
      secretAccessKey: SECRET,
    },
    asked,
    door,
    uploads: () => asked.filter((line) => line.startsWith('PUT')).length,
    /** The bytes of an object as the server keeps them. */
    stored: (key: string) => readFile(join(directory, BUCKET, `${key}._S3rver_object`)),
  };
}
