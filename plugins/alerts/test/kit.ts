// A receiver of webhooks, and a site with the mailbox, a type whose jobs succeed or fail as the test says, and alerts.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import email from '@phraseworks/plugin-email';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs, type TestOptions, turn } from '@phraseworks/testing';
import { expect } from 'vitest';
import alerts from '../src/index.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const RAISED = '[PhraseWorks Jobs] Alert: backup: jobs failed';
export const backup = { type: 'backup', data: {} };

export interface Received {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Answers with these states in turn, the last one from then on; with 0 not at all. */
export async function receiver(...answers: number[]) {
  const got: Received[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    got.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
    const status = answers[Math.min(got.length, answers.length) - 1] ?? 200;
    if (status > 0) response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    got,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `broken`: why its jobs fail; undefined: they succeed with `result`. */
const backupType = (state: { broken?: string | undefined; result?: object }) =>
  definePlugin({
    name: 'backups',
    init: (ctx) => {
      const run = () =>
        state.broken === undefined
          ? { success: true, result: state.result ?? { state: 'verified' } }
          : { success: false, error: state.broken, retryable: false };
      // Of any result: that of the plugin backup is another one.
      ctx.registerProcessor('backup', run as never);
    },
  });

/** How many statements are under way. */
interface WithDialect {
  internals: { core: { ledger: { dialect: { readonly inFlight: number } } } };
}

export async function site(
  state: { broken?: string | undefined; result?: object },
  config: object = {},
  more: TestOptions = {},
) {
  const jobs = await createTestJobs({
    ...more,
    plugins: {
      email: { use: email, config: { mailbox: { port: 0 } } },
      backups: { use: backupType(state) },
      alerts: { use: alerts, config: { mail: ['admin@example.test'], ...config } },
      ...more.plugins,
    },
  });
  let announced = 0;
  const announce = () => {
    announced += 1;
  };
  jobs.addAction('alert:raised', announce);
  jobs.addAction('alert:cleared', announce);
  /** Rows of the page's table of messages: one for each message and recipient. */
  const messages = async (): Promise<unknown[][]> => {
    const { blocks } = await jobs.plugins.panel('alerts', 'alerts');
    return blocks.flatMap((block) => (block.type === 'table' && block.columns[0] === 'Sent' ? block.rows : []));
  };
  const { mail, webhooks } = { mail: ['admin@example.test'], webhooks: [] as unknown[], ...config };
  /** Waits for what this process has announced: it is sent over the network, which the test's clock does not move. */
  const sent = async (): Promise<void> => {
    const wanted = announced * (mail.length + webhooks.length);
    await expect.poll(async () => (await messages()).length).toBeGreaterThanOrEqual(wanted);
    await jobs.idle();
  };
  const mails = async (): Promise<string[]> => {
    const answer = await (await jobs.request('/plugins/email/mailbox')).json();
    return (answer as { messages: { subject: string }[] }).messages.map(({ subject }) => subject).reverse();
  };
  const subjects = async (): Promise<string[]> => {
    await sent();
    return mails();
  };
  const { dialect } = (jobs as unknown as WithDialect).internals.core.ledger;
  /** Moves the clock while jobs wait, but never while a statement is under way: the time limits of the database are of this clock, too. */
  const pass = (ms: number): Promise<void> =>
    jobs.clock.advance(ms, async () => {
      for (let quiet = 0; quiet < 5; ) {
        await turn(1);
        quiet = dialect.inFlight > 0 ? 0 : quiet + 1;
      }
    });
  return Object.assign(jobs, { mails, subjects, sent, messages, pass });
}

/** Hours in which nothing is looked at, and one look after them. */
export async function later(jobs: TestJobs, ms: number): Promise<void> {
  jobs.clock.jump(ms - MINUTE);
  await jobs.advance(MINUTE);
}
