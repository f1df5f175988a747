// A real S3 server on loopback with one bucket, and a door before it that keeps a list, checks signatures and can refuse.
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './folder.ts';

interface Server {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
// The package has no types of its own.
const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => Server;

const BUCKET = 'test-bucket';
const KEY_ID = 'S3RVER';
const SECRET = 'S3RVER';

/** What the door answers instead of the server: a status, `cut` for a broken connection, `silent` for no answer; null: nothing. */
type Answer = number | 'cut' | 'silent' | null;

export interface S3Server {
  /** For the config key `s3` of a plugin. */
  config: {
    endpoint: string;
    bucket: string;
    prefix: string;
    region: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  /** Every request so far, such as `PUT /test-bucket/site/a.txt`. */
  asked: string[];
  /** Decides about each request with a good signature. */
  answer: (request: string) => Answer;
  /** The bytes of an object as the server keeps them. */
  stored(key: string): Promise<Buffer>;
}

export async function s3Server(): Promise<S3Server> {
  const directory = await temporaryFolder();
  const server = new S3rver({
    ...{ port: 0, address: '127.0.0.1', silent: true, directory },
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const { port } = await server.run();
  const asked: string[] = [];
  const door = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    const request = `${incoming.method} ${incoming.url}`;
    asked.push(request);
    const isGood = /X-Amz-Signature=/.test(request) || isSigned(incoming, body);
    const answer = isGood ? it.answer(request) : 403;
    if (answer === null) pass(port, incoming, body, response);
    else if (answer === 'cut') incoming.socket.destroy();
    else if (answer !== 'silent')
      response.writeHead(answer, { location: 'http://169.254.169.254/' }).end('<Error>SECRET</Error>');
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    door.closeAllConnections();
    door.close();
    await server.close();
  });
  const it: S3Server = {
    config: {
      ...{ endpoint: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, bucket: BUCKET, prefix: 'site/' },
      ...{ region: 'us-east-1', accessKeyId: KEY_ID, secretAccessKey: SECRET },
    },
    asked,
    answer: () => null,
    stored: (key) => readFile(join(directory, BUCKET, `${key}._S3rver_object`)),
  };
  return it;
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

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/** AWS Signature Version 4, worked out again with Node's own hashes: is the request signed, and its body the one that was signed? */
function isSigned(request: IncomingMessage, body: Buffer): boolean {
  const { method = '', url = '', headers } = request;
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  );
  const [, credential = '', signed = '', signature = ''] = parts ?? [];
  // The server itself refuses keys that it does not know.
  if (parts && !credential.startsWith(`${KEY_ID}/`)) return true;
  const [, day = '', region = '', service = '', end = ''] = credential.split('/');
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const hash = String(headers['x-amz-content-sha256']);
  const [path = '', query = ''] = url.split('?');
  const sorted = query.split('&').sort().join('&');
  const canonical = [method, path, sorted, lines.join(''), signed, hash].join('\n');
  const scope = [day, region, service, end].join('/');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [day, region, service, end].reduce<string | Buffer>(hmac, `AWS4${SECRET}`);
  return hmac(key, text).toString('hex') === signature && (hash === 'UNSIGNED-PAYLOAD' || hash === sha256(body));
}
