// A process that dies between two recipients: whoever has the mail does not get it again.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { smtpPeer } from '../test/peer.ts';

const SCRIPT = fileURLToPath(new URL('../test/send-one.ts', import.meta.url));
const COUNT = 40;

const sender = (file: string, port: number): ChildProcess =>
  fork(SCRIPT, [file, String(port), String(COUNT)], {
    execArgv: ['--import', 'tsx', '--conditions=@phraseworks/source'],
  });

test('after kill -9 in the middle, each recipient has one mail, and at most one has two, with the same Message-ID', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pwj-email-'));
  try {
    let child: ChildProcess | undefined;
    let taken = 0;
    await using peer = await smtpPeer({
      data: () => {
        taken += 1;
        if (taken === COUNT / 2) child?.kill('SIGKILL');
        return undefined;
      },
    });
    const file = join(folder, 'mail.db');
    child = sender(file, peer.server.port);
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    const second = sender(file, peer.server.port);
    const [message] = await once(second, 'message');
    await once(second, 'exit');

    expect(message).toEqual({ accepted: COUNT });
    const everybody = peer.mails.flatMap((mail) => mail.to);
    expect(new Set(everybody).size).toBe(COUNT);
    expect(everybody.length).toBeLessThanOrEqual(COUNT + 1);
    const ids = peer.mails.map((mail) => /^Message-ID: (.*)$/m.exec(mail.source)?.[1]);
    expect(new Set(ids).size).toBe(COUNT);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
