// A job carries its trace through the store, whichever way it is claimed.
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestJobs } from '../testing/create-test-jobs.ts';

const exporter = new InMemorySpanExporter();
beforeAll(() => {
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
});
beforeEach(() => exporter.reset());
afterAll(() => trace.disable());

const traceOf = (name: string): string | undefined =>
  exporter
    .getFinishedSpans()
    .find((span) => span.name === name)
    ?.spanContext().traceId;

test.each([
  ['stored first and claimed later', false],
  ['stored as claimed', true],
])('a job that is %s runs in the trace of its addition', async (_, running) => {
  await using jobs = await createTestJobs({ start: running });
  jobs.registerProcessor('mail', async () => ({ success: true }));
  await jobs.addJob({ type: 'mail', data: {} });
  if (!running) await jobs.start();
  await jobs.idle();
  expect(traceOf('add mail')).toMatch(/^[0-9a-f]{32}$/);
  expect(traceOf('run mail')).toBe(traceOf('add mail'));
});
