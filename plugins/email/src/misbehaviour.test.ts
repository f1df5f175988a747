// Servers that break the protocol, stall or disconnect at the worst moment: each leaves a clear message, an open recipient and no connection.
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { testMailer } from '../test/mailer.ts';
import { type RawPeer, rawPeer } from '../test/peer.ts';

const mail = { to: 'ada@example.com', subject: 'Hi', text: 'Hello' };

/** Answers each line by its verb; the default is 250. `null` cuts the line. */
function script(answers: Record<string, string | null>, greeting = '220 here'): (socket: Socket) => void {
  return (socket) => {
    socket.write(`${greeting}\r\n`);
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('latin1').split('\r\n').filter(Boolean)) {
        const verb = Object.keys(answers).find((known) => line.toUpperCase().startsWith(known));
        const answer = verb === undefined ? '250 ok' : answers[verb];
        if (answer === null || answer === undefined) socket.destroy();
        else socket.write(`${answer}\r\n`);
      }
    });
  };
}

/** `ms`: what the server may take for an answer; little only where it never comes. */
const cases: [string, (socket: Socket) => void, object, ms?: number][] = [
  ['greets with 554', script({}, '554 no service here'), { code: 'UNREACHABLE', response: /^554/ }],
  ['greets with 421', script({}, '421 come back later'), { code: 'SERVER_BUSY', response: /^421/ }],
  [
    'speaks HTTP',
    (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    { code: 'UNREACHABLE', response: /not SMTP|closed|HTTP/ },
  ],
  [
    'refuses HELO and EHLO',
    script({ EHLO: '502 what', HELO: '502 what' }),
    { code: 'UNREACHABLE', response: /^502|closed/ },
  ],
  ['disconnects after MAIL FROM', script({ 'MAIL FROM': null }), { code: 'UNREACHABLE', response: /closed/ }],
  ['disconnects after RCPT TO', script({ 'RCPT TO': null }), { code: 'UNREACHABLE', response: /closed/ }],
  ['disconnects at DATA', script({ DATA: null }), { code: 'UNREACHABLE', response: /closed/ }],
  ['answers DATA with 451', script({ DATA: '451 not now' }), { code: 'DEFERRED', response: /^451/ }],
  ['answers DATA with 554', script({ DATA: '554 never' }), { code: 'REFUSED', response: /^554/ }],
  [
    'answers with control characters in an endless line',
    script({ 'RCPT TO': `550 \u0007\u001b[31m${'x'.repeat(5_000)}` }),
    { code: 'REFUSED', response: /^550 \[31mx+$|^550 +\[31mx+$/ },
  ],
  [
    'answers in many lines',
    script({ 'RCPT TO': '450-4.2.0 one\r\n450-4.2.0 two\r\n450 4.2.0 three' }),
    { code: 'DEFERRED', response: /one.*three/ },
  ],
  [
    'offers STARTTLS and then fails',
    script({ EHLO: '250-here\r\n250 STARTTLS', STARTTLS: '454 TLS not available' }),
    { code: 'UNREACHABLE', response: /^454|TLS/ },
  ],
  ['stalls after EHLO', (socket) => socket.write('220 here\r\n'), { code: 'UNREACHABLE', response: /in time/ }, 300],
  [
    'accepts the mail and never confirms it',
    stuckAfterDot,
    { code: 'UNREACHABLE', response: /^outcome unknown/ },
    2_000,
  ],
];

function stuckAfterDot(socket: Socket): void {
  let data = false;
  socket.write('220 here\r\n');
  socket.on('data', (chunk) => {
    if (data) return;
    for (const line of chunk.toString('latin1').split('\r\n').filter(Boolean)) {
      data = line === 'DATA';
      socket.write(data ? '354 go on\r\n' : '250 ok\r\n');
    }
  });
}

async function outcomeOf(peer: RawPeer, timeout: number) {
  const { mailer, tracking } = await testMailer(peer.server, { timeout });
  const error = await mailer.send(mail, { id: 'job' }).catch((thrown) => thrown);
  const { rows } = await tracking.list({ jobId: 'job', limit: 10 });
  return { error, row: rows[0] };
}

test.each(cases)('a server that %s', async (_what, handle, expected, ms = 20_000) => {
  await using peer = await rawPeer(handle);
  const { error, row } = await outcomeOf(peer, ms);
  const { code, response } = expected as { code: string; response: RegExp };
  expect(error.code).toBe(code);
  expect(error.retryable).toBe(code !== 'REFUSED');
  expect(row?.response).toMatch(response);
  expect(row?.response).not.toMatch(/\p{Cc}/u);
  expect(row?.response.length).toBeLessThanOrEqual(300);
  expect(['queued', 'deferred', 'refused']).toContain(row?.state);
});

test('a server that sends one byte at a time is abandoned when the job times out', async () => {
  const stop = new AbortController();
  let dripped = 0;
  await using peer = await rawPeer((socket) => {
    const drip = () => {
      if (socket.destroyed) return;
      dripped += 1;
      if (dripped === 20) stop.abort(new Error('the time of the job is over'));
      socket.write('2', () => setImmediate(drip));
    };
    drip();
  });
  const { mailer, tracking } = await testMailer(peer.server, { timeout: 60_000 });
  await expect(mailer.send(mail, { id: 'job', signal: stop.signal })).rejects.toThrow('the time of the job is over');
  await peer.disconnected;
  expect((await tracking.list({ jobId: 'job', limit: 10 })).rows).toMatchObject([{ state: 'queued' }]);
});
