// A whole site on a real server and in real time: the job system in a Hono app of its host, with its WebSocket.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createJobs, type JobsHost, type JobsOptions } from '@phraseworks/jobs';
import type { Job } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { testDatabase } from '../../testing/src/test-database.ts';

/** `closed`: without `authorize`, so that only who signs in is let in. */
type SiteOptions = JobsOptions & { closed?: boolean };

export interface LiveSite extends AsyncDisposable {
  jobs: JobsHost;
  /** `http://127.0.0.1:PORT/jobs` */
  url: string;
  /** `ws://127.0.0.1:PORT/jobs/ws` */
  ws: string;
  port: number;
  /** Resolves with the job once it has ended or is parked. */
  ended(id: string): Promise<Job>;
}

/** On a database of its own, without plugins and without a log, open to everybody, unless `options` says otherwise. */
export async function openLiveSite(options: SiteOptions = {}, hostname = '127.0.0.1'): Promise<LiveSite> {
  const { closed = false, ...rest } = options;
  const database = options.database ?? (await testDatabase());
  const jobs = await createJobs({
    logLevel: 'silent',
    // On a busy machine a plugin may take longer than the 2 s that a start waits otherwise.
    onPluginFailure: 'stop',
    ...(closed ? {} : { authorize: () => true }),
    ...rest,
    database,
  });
  const app = new Hono();
  app.route('/jobs', jobs.routes);
  app.get('*', (c) => c.text('the site'));
  const server = serve({ fetch: app.fetch, port: 0, hostname }) as Server;
  jobs.attachWebSocket(server);
  await Promise.all([once(server, 'listening'), jobs.start()]);
  const { port } = server.address() as AddressInfo;
  return {
    jobs,
    port,
    url: `http://127.0.0.1:${port}/jobs`,
    ws: `ws://127.0.0.1:${port}/jobs/ws`,
    ended: (id) => ended(jobs, id),
    [Symbol.asyncDispose]: async () => {
      await jobs.stop({ timeout: 0 });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Resolves with the job once it has ended or is parked, which no event tells. */
export async function ended(jobs: JobsHost, id: string): Promise<Job> {
  for (;;) {
    const job = await jobs.getJobStatus(id);
    if (job && job.status !== 'pending' && job.status !== 'processing') return job;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A POST of JSON. */
export const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
