// Listens on a port, or on the next free one.
import { createServer, type Server } from 'node:http';
import { JobsError } from '@phraseworks/sdk';

const TRIES = 20;

/** Takes the first free port from `first` on; the server answers nothing before it has a handler. Throws `INVALID_CONFIG`. */
export async function listenFrom(first: number, hostname: string): Promise<{ server: Server; port: number }> {
  for (let port = first; port < first + TRIES; port += 1) {
    const server = createServer();
    const taken = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(true) : reject(refused(error)),
      );
      server.listen(port, hostname, () => resolve(false));
    });
    if (!taken) return { server, port };
  }
  throw new JobsError(
    'INVALID_CONFIG',
    `The ports ${first} to ${first + TRIES - 1} are all taken: set PORT to another one.`,
  );
}

const refused = (error: NodeJS.ErrnoException): JobsError =>
  new JobsError('INVALID_CONFIG', `The server cannot listen (${error.code ?? 'no code'}): check PORT and HOST.`, {
    cause: error,
  });
