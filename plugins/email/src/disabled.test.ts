// A mail that is still on its way while the plugin is switched off.
import { EventEmitter, once } from 'node:events';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email, { Mailer } from './index.ts';

const servers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;

test('a mail that is on its way while the plugin is disabled opens no mailbox and no connection any more', async () => {
  const gate = new EventEmitter();
  const reached = once(gate, 'reached');
  let mailer: Mailer | undefined;
  const slow = definePlugin({
    name: 'slow',
    init(ctx) {
      ctx.addFilter('email:message', async (message) => {
        const goOn = once(gate, 'go on');
        gate.emit('reached');
        await goOn;
        return message;
      });
    },
  });
  const sender = definePlugin({
    name: 'sender',
    needs: { mailer: Mailer },
    init: ({ needs }) => {
      mailer = needs.mailer;
    },
  });
  await using jobs = await createTestJobs({
    plugins: { email: { use: email, config: { mailbox: { port: 0 } } }, slow: { use: slow }, sender: { use: sender } },
  });
  const before = servers();
  const sending = mailer?.send({ to: 'ada@example.com', subject: 'Hi', text: 'Hello' }, { record: false });
  await reached;
  expect(await jobs.plugins.disable('email')).toBe('off');
  gate.emit('go on');
  await expect(sending).rejects.toThrow();
  expect(servers()).toBe(before);
});
