// The server disconnects clients that do not read, so they cannot fill its memory.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { dropStalledReaders, listenFrom } from './listen.ts';

test('a client that does not read its answer is cut off, and one that waits for a slow answer is not', async () => {
  const { server } = await listenFrom(20_000 + (process.pid % 20_000), '127.0.0.1');
  dropStalledReaders(server, 100);
  const { port } = server.address() as AddressInfo;
  const slow: ServerResponse[] = [];
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/slow') slow.push(response);
    else response.end(Buffer.alloc(50_000_000));
  });
  const waiting = fetch(`http://127.0.0.1:${port}/slow`);
  await once(server, 'request');
  const unread = connect(port, '127.0.0.1');
  unread.on('error', () => {});
  unread.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  await once(response, 'close');
  let bytes = 0;
  unread.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(unread, 'close');
  expect(bytes).toBeLessThan(50_000_000);
  for (const one of slow) one.end('done');
  expect(await (await waiting).text()).toBe('done');
  server.closeAllConnections();
  server.close();
});
