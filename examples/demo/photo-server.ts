// A small HTTP server on this machine that hands out the photograph of the demo.
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { paintPhoto } from '../../scripts/paint-photo.ts';

/** The port that `jobs.config.ts` lets the image plugin reach. */
const PORT = 3209;

export async function servePhoto(path: string): Promise<{ url: string; close: () => Promise<void> }> {
  if (!existsSync(path)) await paintPhoto(path);
  const { size } = await stat(path);
  const server = createServer((request, response) => {
    if (request.url !== '/harbour.jpg') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': size });
    createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${PORT}/harbour.jpg`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
