// OpenTelemetry spans: one per addition and one per attempt, all of a job in one trace across processes.
import type { Attributes, Span, SpanContext } from '@opentelemetry/api';
import { type AttemptEnd, type AttemptToRun, JobsError, type JobsToAdd, type Wrapper } from '@phraseworks/sdk';
import { maskText } from '@phraseworks/sdk/secrets';

type Api = typeof import('@opentelemetry/api');

/** The global under which all copies of the OpenTelemetry API in a process share their providers. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/** True if a trace provider is registered in this process. */
const isRegistered = (): boolean =>
  (globalThis as { [REGISTERED]?: { trace?: unknown } })[REGISTERED]?.trace !== undefined;

export interface Tracing {
  adding: Wrapper<'job:add'>;
  running: Wrapper<'job:run'>;
}

/**
 * Without `wanted`, traces only if a trace provider is registered already; otherwise the library is not loaded.
 * Throws `INVALID_CONFIG` if it is wanted but the library is not installed.
 */
export async function loadTracing(
  wanted: boolean | undefined,
  load = () => import('@opentelemetry/api'),
): Promise<Tracing | undefined> {
  if (!(wanted ?? isRegistered())) return undefined;
  try {
    return spansBy(await load());
  } catch (cause) {
    throw new JobsError(
      'INVALID_CONFIG',
      'Tracing needs the package @opentelemetry/api: npm install @opentelemetry/api. Setting: tracing',
      { cause },
    );
  }
}

function spansBy({ trace, context, ROOT_CONTEXT, SpanKind, SpanStatusCode }: Api): Tracing {
  const tracer = trace.getTracer('@phraseworks/jobs');

  const failed = (span: Span, error: { name: string; message: string; stack?: string }): void => {
    const message = maskText(error.message);
    const stack = error.stack === undefined ? {} : { stack: maskText(error.stack) };
    span.recordException({ name: error.name, message, ...stack });
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  };

  return {
    adding: async (added, next) => {
      const span = tracer.startSpan(nameOf(added), { kind: SpanKind.PRODUCER, attributes: ofAddition(added) });
      try {
        const carried = encodeTrace(span.spanContext());
        if (carried !== null) added.setTrace(carried);
        await context.with(trace.setSpan(context.active(), span), next);
      } catch (error) {
        failed(span, error as Error);
        throw error;
      } finally {
        span.end();
      }
    },

    running: async (attempt, next) => {
      const parent = decodeTrace(attempt.trace);
      const around = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
      const options = { kind: SpanKind.CONSUMER, attributes: ofAttempt(attempt) };
      const span = tracer.startSpan(`run ${attempt.type}`, options, around);
      const end = await context.with(trace.setSpan(around, span), next);
      span.setAttributes(ofEnd(end));
      const { error: message, stack } = end;
      if (message !== null) failed(span, { name: 'Error', message, ...(stack ? { stack } : {}) });
      span.end();
    },
  };
}

const nameOf = ({ jobs }: JobsToAdd): string =>
  jobs.length === 1 ? `add ${jobs[0]?.type}` : `add ${jobs.length} jobs`;

/** Follows the semantic conventions for messaging where they have a name. */
function ofAddition({ jobs }: JobsToAdd): Attributes {
  const [first] = jobs;
  const common = { 'messaging.system': 'phraseworks_jobs', 'messaging.operation.type': 'send' };
  if (jobs.length !== 1 || !first) return { ...common, 'messaging.batch.message_count': jobs.length };
  return { ...common, 'messaging.destination.name': first.type, 'messaging.message.id': first.id, ...ofPlugin(first) };
}

const ofAttempt = (attempt: AttemptToRun): Attributes => ({
  'messaging.system': 'phraseworks_jobs',
  'messaging.operation.type': 'process',
  'messaging.destination.name': attempt.type,
  'messaging.message.id': attempt.jobId,
  'phraseworks_jobs.attempt': attempt.attempt,
  ...ofPlugin(attempt),
});

const ofPlugin = ({ plugin }: { plugin: string | null }): Attributes =>
  plugin === null ? {} : { 'phraseworks_jobs.plugin': plugin };

const ofEnd = ({ outcome, wait, reason }: AttemptEnd): Attributes => ({
  'phraseworks_jobs.outcome': outcome,
  ...(wait === null ? {} : { 'phraseworks_jobs.wait_ms': wait }),
  ...(reason === null ? {} : { 'phraseworks_jobs.reason': reason }),
});

/** The W3C `traceparent`, which carries a trace with a job through the store. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Null for a context that belongs to no trace. */
export function encodeTrace({ traceId, spanId, traceFlags }: SpanContext): string | null {
  const text = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  return decodeTrace(text) ? text : null;
}

/** Undefined if it is invalid; it may have been written by hand. */
export function decodeTrace(text: string | null): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16), isRemote: true };
}
