// A real S3 server on loopback, and a look into its bucket.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import S3rver from 's3rver';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './kit.ts';

const BUCKET = 'site-backups';
const KEYS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

export interface Seen {
  method: string;
  url: string;
}

export interface TestS3 {
  /** For the config key `s3`. */
  config: Record<string, unknown>;
  /** Every request so far. */
  seen: Seen[];
  /** A request for which this answers true never reaches the server: its connection is cut. */
  cut: (seen: Seen) => boolean;
}

/** Behind a proxy that keeps a list, and can cut the line. */
export async function s3(more: Record<string, unknown> = {}): Promise<TestS3> {
  const directory = await temporaryFolder();
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const { port } = await server.run();
  const it: TestS3 = { config: {}, seen: [], cut: () => false };
  const proxy: Server = createServer((incoming, answer) => {
    const seen = { method: incoming.method ?? '', url: incoming.url ?? '' };
    it.seen.push(seen);
    if (it.cut(seen)) return void incoming.socket.destroy();
    const { method, url, headers } = incoming;
    const passed = request({ host: '127.0.0.1', port, method, path: url, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 500, found.headers);
      found.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await server.close();
  });
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  it.config = { endpoint, bucket: BUCKET, ...KEYS, prefix: 'shop/', ...more };
  return it;
}
