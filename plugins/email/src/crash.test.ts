// A process that dies between two recipients: no recipient gets the mail twice.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { smtpPeer } from '../test/peer.ts';
import { sharedDatabase } from '../test/place.ts';

const SCRIPT = fileURLToPath(new URL('../test/send-job.ts', import.meta.url));
const COUNT = 100;

const start = (database: string, port: number): ChildProcess =>
  fork(SCRIPT, [database, String(port), String(COUNT)], {
    execArgv: ['--import', 'tsx', '--conditions=@phraseworks/source'],
  });

interface Done {
  status: string;
  attempt: number;
  crashes: number;
  result: { accepted: string[] };
}

/** When the process is killed, and how many mails the server takes in all: one more only where its final reply is lost. */
const moments: [string, 'data' | 'rcpt', number][] = [
  ['before the final reply to the 50th', 'data', COUNT + 1],
  ['when the 51st is named', 'rcpt', COUNT],
];

test.each(moments)(
  'with 100 recipients and killed %s, a job continues in another process and sends no other mail twice',
  async (_when, at, all) => {
    const folder = await mkdtemp(join(tmpdir(), 'pwj-email-'));
    try {
      let child: ChildProcess | undefined;
      const seen = { data: 0, rcpt: -1 };
      const count = (what: 'data' | 'rcpt') => {
        seen[what] += 1;
        if (what === at && seen[what] === COUNT / 2) child?.kill('SIGKILL');
        return undefined;
      };
      await using peer = await smtpPeer({ data: () => count('data'), rcpt: () => count('rcpt') });
      const database = await sharedDatabase(folder);
      child = start(database, peer.server.port);
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
      expect(peer.mails).toHaveLength(COUNT / 2);
      const last = peer.mails.at(-1)?.to[0];

      const second = start(database, peer.server.port);
      const [message] = await once(second, 'message');
      await once(second, 'exit');
      const done = message as Done;
      expect(done).toMatchObject({ status: 'completed', crashes: 1 });
      expect(done.result.accepted).toHaveLength(COUNT);

      const everybody = peer.mails.flatMap((mail) => mail.to);
      expect(everybody).toHaveLength(all);
      expect(new Set(everybody).size).toBe(COUNT);
      const twice = everybody.filter((to, place) => everybody.indexOf(to) !== place);
      expect(twice).toEqual(all > COUNT ? [last] : []);
      const ids = peer.mails.map((mail) => /^Message-ID: (.*)$/m.exec(mail.source)?.[1]);
      expect(new Set(ids).size).toBe(COUNT);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
