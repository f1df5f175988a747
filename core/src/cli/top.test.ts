// What `top` shows: rates from its looks, a screen that fits the terminal, and single keys.
import { EventEmitter } from 'node:events';
import type { Job } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import type { Counts, TopFacts } from './top-facts.ts';
import { topLines } from './top-lines.ts';
import { ratesOf, withLook } from './top-rates.ts';
import { type KeyInput, type ScreenOutput, TopTerminal } from './top-terminal.ts';

const counts = (more: Partial<Counts> = {}): Counts => ({
  pending: 0,
  processing: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  parked: 0,
  ...more,
});

const NOW = Date.UTC(2026, 10, 25, 12, 0, 5);
const job = (n: number, more: Partial<Job>): Job =>
  ({
    id: `00000000-0000-7000-8000-00000000000${n}`,
    type: 'image_process',
    attempt: 1,
    maxRetries: 2,
    worker: null,
    summary: null,
    progress: null,
    startedAt: new Date(NOW - 2_000).toISOString(),
    finishedAt: null,
    error: null,
    reason: null,
    ...more,
  }) as Job;

const facts = (more: Partial<TopFacts> = {}): TopFacts => ({
  at: NOW,
  engine: 'sqlite',
  location: 'data/jobs.db',
  counts: counts(),
  running: [],
  failures: [],
  nodes: [],
  ...more,
});
const plain = { width: undefined, height: undefined, style: (_: unknown, text: string) => text };

describe('rates', () => {
  test('are the ends of jobs in a second, over the looks of the last ten', () => {
    const looks = [0, 5_000, 10_000, 15_000].reduce(
      (before, at) => withLook(before, { at, counts: counts({ completed: at / 100, failed: at / 5_000 }) }),
      [] as ReturnType<typeof withLook>,
    );
    expect(looks).toHaveLength(3);
    expect(ratesOf(looks)).toEqual({ completed: 10, failed: 0.2, cancelled: 0 });
  });

  test('need two looks, and are not below zero when jobs were removed', () => {
    const first = { at: 0, counts: counts({ completed: 50 }) };
    expect(ratesOf([first])).toBe(null);
    expect(ratesOf([first, { at: 1_000, counts: counts({ completed: 10 }) }])?.completed).toBe(0);
  });
});

describe('the screen', () => {
  test('shows counts with rates, bars of what runs, the failures and the processes', () => {
    const lines = topLines(
      facts({
        counts: counts({ processing: 1, completed: 12, failed: 1 }),
        running: [job(1, { progress: { percentage: 50, processed: 1, total: 2, message: 'reading' } })],
        failures: [
          job(2, { attempt: 3, finishedAt: new Date(NOW - 60_000).toISOString(), error: 'the disk\nis full' }),
        ],
        nodes: [
          {
            id: 'node-00000001',
            pid: 7,
            startedAt: 0,
            heartbeatAt: NOW - 1_000,
            silent: false,
            about: { running: 1, slots: 4 },
          },
        ],
      }),
      { completed: 3.5, failed: 0, cancelled: 0 },
      'q ends',
      plain,
    );
    expect(lines[0]).toBe('PhraseWorks Jobs   sqlite data/jobs.db   12:00:05 UTC   q ends');
    expect(lines[1]).toContain('processing 1  completed 12 (3.5/s)  failed 1');
    const text = lines.join('\n');
    expect(text).toContain('[############------------]  50 % 1/2 reading');
    expect(text).toMatch(/00000002 {2}image_process {2}60 s ago +3\/3 +the disk is full/);
    expect(text).toMatch(/00000001 {2}- +7 +- +1\/4 +up +1\.0 s ago/);
  });

  test('says what there is none of', () => {
    const text = topLines(facts(), null, '', plain).join('\n');
    for (const said of ['Nothing runs.', 'None.', 'No process has signed on']) expect(text).toContain(said);
  });

  test.each([10, 24, 60])('fits a terminal of %i lines and 60 columns', (height) => {
    const running = Array.from({ length: 50 }, (_, n) => job(n % 10, { summary: 'x'.repeat(200) }));
    const given = facts({ counts: counts({ processing: 70 }), running, failures: running, location: 'y'.repeat(200) });
    const lines = topLines(given, null, 'q ends', { ...plain, width: 60, height });
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(
      Math.max(...lines.filter((line) => /^(00|Phrase)/.test(line)).map(({ length }) => length)),
    ).toBeLessThanOrEqual(60);
    if (height > 20) expect(lines.some((line) => /^Running, \d+ of 70$/.test(line))).toBe(true);
  });
});

test('a terminal gets whole screens in one write each, hears keys, and is left as it was', () => {
  const written: string[] = [];
  const modes: boolean[] = [];
  const input = Object.assign(new EventEmitter(), {
    isTTY: true,
    setRawMode: (raw: boolean) => modes.push(raw),
    resume: () => {},
    pause: () => {},
  });
  const output = Object.assign(new EventEmitter(), {
    write: (text: string) => written.push(text),
    columns: 100,
    rows: 30,
  });
  const keys: string[] = [];
  {
    using terminal = new TopTerminal(
      input as KeyInput,
      output as ScreenOutput,
      (key) => keys.push(key),
      () => {},
    );
    expect(terminal.size).toEqual({ width: 100, height: 30 });
    terminal.draw(['one', 'two']);
    input.emit('data', Buffer.from('P\u0003'));
  }
  expect(keys).toEqual(['p', 'q']);
  expect(modes).toEqual([true, false]);
  expect(written).toEqual([
    '\u001b[?1049h\u001b[?25l',
    '\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J',
    '\u001b[?25h\u001b[?1049l',
  ]);
  expect(input.listenerCount('data') + output.listenerCount('resize')).toBe(0);
});
