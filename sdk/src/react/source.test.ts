// What components share: answers and events that overlap, and a server that is away for a moment.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Source } from './source.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Each question gets the answer that the test gives. */
function rig() {
  const waiting: { resolve: (value: number) => void; reject: (error: Error) => void }[] = [];
  const source = new Source<number>({
    fetch: () => new Promise((resolve, reject) => waiting.push({ resolve, reject })),
    watch: () => () => {},
    onIdle: () => {},
  });
  const values: (number | null)[] = [];
  const leave = source.subscribe(() => values.push(source.snapshot.value));
  const answer = async (value: number | Error): Promise<void> => {
    const { resolve, reject } = waiting.shift() ?? {};
    if (value instanceof Error) reject?.(value);
    else resolve?.(value);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { source, values, waiting, answer, leave };
}

test('a change by an event is not overwritten by an older pending answer', async () => {
  const { source, values, waiting, answer } = rig();
  await answer(10);
  source.refresh();
  source.change((value) => Math.max(value, 40));
  await answer(20);
  expect([values, waiting.length]).toEqual([[10, 40, 40], 0]);
  source.refresh();
  await answer(20);
  expect(source.snapshot.value).toBe(20);
});

const away = Object.assign(new Error('away'), { code: 'UNAVAILABLE' });
const refused = Object.assign(new Error('refused'), { code: 'FORBIDDEN' });

test('a read is retried after a server was unreachable, but not after a refusal or once all have left', async () => {
  const { source, waiting, answer, leave } = rig();
  await answer(10);
  source.refresh();
  await answer(away);
  expect(source.snapshot).toMatchObject({ value: 10, error: away });
  await vi.advanceTimersByTimeAsync(60_000);
  await answer(20);
  expect(source.snapshot).toEqual({ value: 20, error: null, loading: false });
  source.refresh();
  await answer(refused);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(waiting).toEqual([]);
  source.refresh();
  await answer(away);
  leave();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(waiting).toEqual([]);
});
