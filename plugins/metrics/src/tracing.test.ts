// Spans as OpenTelemetry's own SDK collects them, over one process and two.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { createTestJobs, type TestJobs, type TestOptions } from '@phraseworks/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import metrics from './index.ts';
import { decodeTrace, encodeTrace, loadTracing } from './tracing.ts';

const exporter = new InMemorySpanExporter();
const open: TestJobs[] = [];

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
});
afterEach(async () => {
  for (const jobs of open.splice(0)) await jobs[Symbol.asyncDispose]();
  exporter.reset();
});
afterAll(() => {
  trace.disable();
  context.disable();
});

async function start(options: TestOptions = {}): Promise<TestJobs> {
  const jobs = await createTestJobs({ plugins: { metrics: { use: metrics } }, ...options });
  open.push(jobs);
  return jobs;
}

const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
const named = (name: string): ReadableSpan[] => spans().filter((span) => span.name === name);
const idsOf = (span: ReadableSpan | undefined) => ({
  trace: span?.spanContext().traceId,
  parent: span?.parentSpanContext?.spanId,
});

describe('with a trace provider', () => {
  test('an addition and its run are one trace, and the run records how long the job waited', async () => {
    const jobs = await start();
    jobs.registerProcessor('mail', async () => ({ success: true }));
    const job = await jobs.addJob({ type: 'mail', data: {} });
    await jobs.idle();
    const [add] = named('add mail');
    const [run] = named('run mail');
    expect(add?.kind).toBe(SpanKind.PRODUCER);
    expect(add?.attributes).toMatchObject({ 'messaging.message.id': job.id, 'messaging.destination.name': 'mail' });
    expect(run?.kind).toBe(SpanKind.CONSUMER);
    expect(idsOf(run)).toEqual({ trace: add?.spanContext().traceId, parent: add?.spanContext().spanId });
    expect(run?.attributes).toMatchObject({
      'messaging.message.id': job.id,
      'phraseworks_jobs.attempt': 1,
      'phraseworks_jobs.outcome': 'completed',
      'phraseworks_jobs.wait_ms': 0,
    });
    expect(run?.status.code).toBe(SpanStatusCode.UNSET);
  });

  test("an addition belongs to the caller's span, and what a run does belongs to the run", async () => {
    const jobs = await start();
    const tracer = trace.getTracer('site');
    jobs.registerProcessor('mail', async () => {
      tracer.startActiveSpan('smtp', (span) => span.end());
      await jobs.addJob({ type: 'log', data: {} });
      return { success: true };
    });
    jobs.registerProcessor('log', async () => ({ success: true }));
    await tracer.startActiveSpan('request', async (span) => {
      await jobs.addJob({ type: 'mail', data: {} });
      span.end();
    });
    await jobs.idle();
    const [request, run] = [named('request')[0], named('run mail')[0]];
    expect(idsOf(named('add mail')[0]).parent).toBe(request?.spanContext().spanId);
    for (const name of ['smtp', 'add log']) expect(idsOf(named(name)[0]).parent).toBe(run?.spanContext().spanId);
    expect(new Set(spans().map((span) => span.spanContext().traceId))).toHaveLength(1);
  });

  test('each attempt has its own span, with its error', async () => {
    const jobs = await start();
    jobs.registerProcessor('mail', async (_data, _id, attempt) => {
      if (attempt === 1) throw new TypeError('mailbox busy');
      return { success: true };
    });
    await jobs.addJob({ type: 'mail', data: {}, retryDelay: 1_000 });
    await jobs.idle();
    await jobs.advance(1_000);
    const [first, second] = named('run mail');
    expect(first?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'mailbox busy' });
    expect(first?.events[0]?.attributes).toMatchObject({
      'exception.message': 'mailbox busy',
      'exception.stacktrace': expect.stringContaining('tracing.test.ts'),
    });
    expect([first, second].map((span) => span?.attributes['phraseworks_jobs.outcome'])).toEqual(['retry', 'completed']);
    expect(idsOf(second)).toEqual(idsOf(first));
  });

  test('a job run by another process stays in its trace', async () => {
    const database = `sqlite:${join(await mkdtemp(join(tmpdir(), 'traces-')), 'jobs.db')}`;
    const web = await start({ database, roles: ['web'] });
    const worker = await start({ database, roles: ['worker'], start: false });
    for (const jobs of [web, worker]) jobs.registerProcessor('mail', async () => ({ success: true }));
    await web.addJob({ type: 'mail', data: {} });
    await worker.start();
    await worker.idle();
    const [add, run] = [named('add mail')[0], named('run mail')[0]];
    expect(idsOf(run)).toEqual({ trace: add?.spanContext().traceId, parent: add?.spanContext().spanId });
  });

  test('a list of jobs is one addition, and a refused one is an error', async () => {
    const jobs = await start({ queue: { maxQueueSize: 1 }, start: false });
    jobs.registerProcessor('mail', async () => ({ success: true }));
    const two = [1, 2].map((data) => ({ type: 'mail', data }));
    await expect(jobs.addJobs(two)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const [add] = named('add 2 jobs');
    expect(add?.attributes['messaging.batch.message_count']).toBe(2);
    expect(add?.status.code).toBe(SpanStatusCode.ERROR);
  });

  test.each<[string, TestOptions]>([
    ['tracing is off', { plugins: { metrics: { use: metrics, config: { tracing: false } } } }],
    ['the plugin is off', { plugins: { metrics: { use: metrics, enabled: false } } }],
  ])('nothing is traced if %s', async (_, options) => {
    const jobs = await start(options);
    jobs.registerProcessor('mail', async () => ({ success: true }));
    await jobs.addJob({ type: 'mail', data: {} });
    await jobs.idle();
    expect(spans()).toEqual([]);
  });
});

describe('without a trace provider', () => {
  const provider = trace.getTracerProvider();
  beforeAll(() => trace.disable());
  afterAll(() => void trace.setGlobalTracerProvider(provider));

  test('the library is not loaded', async () => {
    let loaded = 0;
    const load = () => {
      loaded += 1;
      return import('@opentelemetry/api');
    };
    expect(await loadTracing(undefined, load)).toBeUndefined();
    expect(await loadTracing(false, load)).toBeUndefined();
    expect(loaded).toBe(0);
  });

  test('requiring tracing without the library fails with what to install', async () => {
    await expect(loadTracing(true, () => Promise.reject(new Error('not there')))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('npm install @opentelemetry/api'),
    });
  });
});

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

test('an invalid trace is not stored', () => {
  expect(encodeTrace({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 })).toBeNull();
});

test.each([
  null,
  '',
  'x',
  `00-${traceId}-${spanId}`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${'0'.repeat(32)}-${spanId}-01`,
  `00-${traceId}-${'0'.repeat(16)}-01`,
  `00-${traceId}-${spanId}-01-more`,
])('%j is not a trace', (text) => expect(decodeTrace(text)).toBeUndefined());
