// Spans by OpenTelemetry: one for each addition, one for each run, all of one job in one trace, over all processes.

import type { Attributes, Span } from '@opentelemetry/api';
import { JobsError } from '@phraseworks/sdk';
import { maskText } from '@phraseworks/sdk/secrets';
import type { Settlement } from '../db/job-writes.ts';
import { version } from '../identity.ts';
import type { ClaimedJob, JobRecord } from '../jobs/record.ts';
import type { Tracing } from '../jobs/tracing.ts';
import { decodeTrace, encodeTrace } from './traceparent.ts';

type Api = typeof import('@opentelemetry/api');

/** Where OpenTelemetry keeps what has been registered, for all copies of its API in a process. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/** True where somebody has registered a provider of traces in this process. */
const isRegistered = (): boolean =>
  (globalThis as { [REGISTERED]?: { trace?: unknown } })[REGISTERED]?.trace !== undefined;

/**
 * Without `wanted` it is on where a provider of traces has been registered before; the library is not loaded otherwise.
 * Throws `INVALID_CONFIG` where it is wanted and the library is not there.
 */
export async function createTracing(
  wanted: boolean | undefined,
  load = () => import('@opentelemetry/api'),
): Promise<Tracing | undefined> {
  if (!(wanted ?? isRegistered())) return undefined;
  try {
    return spansBy(await load());
  } catch (cause) {
    throw new JobsError(
      'INVALID_CONFIG',
      'Tracing needs the package @opentelemetry/api: npm install @opentelemetry/api. Setting: telemetry.tracing',
      { cause },
    );
  }
}

function spansBy({ trace, context, ROOT_CONTEXT, SpanKind, SpanStatusCode }: Api): Tracing {
  const tracer = trace.getTracer('@phraseworks/jobs', version());

  const failed = (span: Span, error: { name: string; message: string; stack?: string }): void => {
    const message = maskText(error.message);
    const stack = error.stack === undefined ? {} : { stack: maskText(error.stack) };
    span.recordException({ name: error.name, message, ...stack });
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  };

  return {
    adding: async (records, store) => {
      const span = tracer.startSpan(nameOf(records), { kind: SpanKind.PRODUCER, attributes: added(records) });
      const carried = encodeTrace(span.spanContext());
      for (const record of records) record.trace = carried;
      try {
        return await context.with(trace.setSpan(context.active(), span), store);
      } catch (error) {
        failed(span, error as Error);
        throw error;
      } finally {
        span.end();
      }
    },

    running: async (job, run) => {
      const parent = decodeTrace(job.trace);
      const around = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
      const options = { kind: SpanKind.CONSUMER, attributes: runs(job) };
      const span = tracer.startSpan(`run ${job.type}`, options, around);
      const settlement = await context.with(trace.setSpan(around, span), run);
      span.setAttributes(ended(settlement));
      if (settlement.error !== null) {
        const stack = settlement.attemptRow?.stack;
        failed(span, { name: 'Error', message: settlement.error, ...(stack ? { stack } : {}) });
      }
      span.end();
      return settlement;
    },
  };
}

const nameOf = (records: readonly JobRecord[]): string =>
  records.length === 1 ? `add ${records[0]?.type}` : `add ${records.length} jobs`;

/** By the conventions for messages, where they have a name for it. */
function added(records: readonly JobRecord[]): Attributes {
  const [first] = records;
  const common = { 'messaging.system': 'phraseworks_jobs', 'messaging.operation.type': 'send' };
  if (records.length !== 1 || !first) return { ...common, 'messaging.batch.message_count': records.length };
  return { ...common, 'messaging.destination.name': first.type, 'messaging.message.id': first.id, ...ofPlugin(first) };
}

const runs = (job: ClaimedJob): Attributes => ({
  'messaging.system': 'phraseworks_jobs',
  'messaging.operation.type': 'process',
  'messaging.destination.name': job.type,
  'messaging.message.id': job.id,
  'phraseworks_jobs.attempt': job.attempt,
  'phraseworks_jobs.lane': job.lane,
  ...ofPlugin(job),
});

const ofPlugin = ({ plugin }: { plugin: string | null }): Attributes =>
  plugin === null ? {} : { 'phraseworks_jobs.plugin': plugin };

/** How it ended; an attempt that was given back has no event. */
function ended({ event, reason }: Settlement): Attributes {
  return {
    'phraseworks_jobs.outcome': event ? event.event.slice('job_'.length) : 'released',
    ...(event?.wait === undefined ? {} : { 'phraseworks_jobs.wait_ms': event.wait }),
    ...(reason === null ? {} : { 'phraseworks_jobs.reason': reason }),
  };
}
