// `/health` and `/ready` of a process that serves no pages, for the probes of Kubernetes and the like.
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { dropStalledReaders, listenOn, waitingAnswers } from './listen.ts';

const PROBES = new Set(['/health', '/ready']);

export interface Probes {
  port: number;
  /** From now on `routes` answer; until then, the answer is that the process is starting. */
  answerWith(routes: Hono): void;
}

/** Listens at once, since a worker may have to wait for its database. Throws `INVALID_CONFIG` if the port is taken. */
export async function openProbes(port: number, hostname: string): Promise<Probes> {
  const { server, port: own } = await listenOn(port, hostname);
  dropStalledReaders(server);
  // The server must not keep the worker process alive.
  server.unref();
  let answer: (request: Request) => Response | Promise<Response> = waitingAnswers('');
  const listener = getRequestListener((request) => {
    const { pathname } = new URL(request.url);
    return PROBES.has(pathname) && request.method === 'GET' ? answer(request) : new Response(null, { status: 404 });
  });
  server.on('request', (request, response) => void listener(request, response));
  return {
    port: own,
    answerWith: (routes) => {
      answer = (request) => routes.fetch(request);
    },
  };
}
