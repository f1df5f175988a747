// An HTTP server on this machine that hands out one picture: the web, for tests without a network.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

/** A JPEG of 1600 by 1000 pixels. */
export const picture: Promise<Buffer> = sharp({
  create: { width: 1_600, height: 1_000, channels: 3, background: { r: 30, g: 120, b: 180 } },
})
  .jpeg()
  .toBuffer();

export interface PictureServer {
  /** `127.0.0.1:PORT` */
  host: string;
  /** Of the picture. */
  url: string;
  /** Requests so far. */
  asked: () => number;
}

/** `/image.jpg` is the picture; everything else is not found. */
export async function pictureServer(): Promise<PictureServer> {
  let asked = 0;
  const server = createServer(async (request, response) => {
    asked += 1;
    const found = request.url === '/image.jpg';
    response.writeHead(found ? 200 : 404, { 'content-type': 'image/jpeg' });
    response.end(found ? await picture : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url: `http://${host}/image.jpg`, asked: () => asked };
}
