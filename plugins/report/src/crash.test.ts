// A process that dies while it mails a report: no recipient gets it twice, and there is one report.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { smtpPeer } from '../../email/test/peer.ts';
import { sharedDatabase } from '../../email/test/place.ts';

const SCRIPT = fileURLToPath(new URL('../test/send-report.ts', import.meta.url));
const COUNT = 20;

const start = (database: string, folder: string, port: number): ChildProcess =>
  fork(SCRIPT, [database, folder, String(port), String(COUNT)], {
    execArgv: ['--import', 'tsx', '--conditions=@phraseworks/source'],
  });

test('killed while it mails the 11th recipient, another process mails the rest, once to each', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pwj-report-'));
  try {
    let child: ChildProcess | undefined;
    let named = 0;
    const count = () => {
      named += 1;
      if (named === COUNT / 2 + 1) child?.kill('SIGKILL');
      return undefined;
    };
    await using peer = await smtpPeer({ rcpt: count });
    const database = await sharedDatabase(folder);
    const reports = join(folder, 'reports');
    child = start(database, reports, peer.server.port);
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(peer.mails).toHaveLength(COUNT / 2);

    const second = start(database, reports, peer.server.port);
    const [job] = await once(second, 'message');
    await once(second, 'exit');
    expect(job).toMatchObject({ status: 'completed', crashes: 1, result: { sent: true, refused: [] } });
    expect((job as { result: { accepted: string[] } }).result.accepted).toHaveLength(COUNT);
    expect(peer.mails.flatMap((mail) => mail.to).sort()).toEqual(
      Array.from({ length: COUNT }, (_, n) => `r${n}@x.test`).sort(),
    );
    const pages = (await readdir(reports)).filter((name) => name.endsWith('.html'));
    expect(pages).toHaveLength(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
