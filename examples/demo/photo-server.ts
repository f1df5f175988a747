// A small HTTP server on this machine that hands out the photograph of the demo, as long as the site runs: its job can be run again.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';

/** The port that `jobs.config.ts` lets the image plugin reach. */
const PORT = 3209;

/** Answers its address. Another site on this machine that serves it already is as good. */
export async function servePhoto(path: string): Promise<string> {
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
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve() : reject(error)));
    server.listen(PORT, '127.0.0.1', resolve);
  });
  server.unref();
  return `http://127.0.0.1:${PORT}/harbour.jpg`;
}
