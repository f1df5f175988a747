// The `traceparent` of the W3C: how a trace goes along with a job through the store. Pure.
import type { SpanContext } from '@opentelemetry/api';

const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Null for a context that belongs to no trace. */
export function encodeTrace({ traceId, spanId, traceFlags }: SpanContext): string | null {
  const text = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  return decodeTrace(text) ? text : null;
}

/** Undefined for an invalid one, which may have been written by hand. */
export function decodeTrace(text: string | null): SpanContext | undefined {
  const [, traceId, spanId, flags] = FORM.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16), isRemote: true };
}
