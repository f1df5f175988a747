import { expect, test } from 'vitest';
import { decodeTrace, encodeTrace } from './traceparent.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

test.each([0, 1])('a trace with the flags %i comes back as it was', (traceFlags) => {
  const text = encodeTrace({ traceId, spanId, traceFlags });
  expect(text).toBe(`00-${traceId}-${spanId}-0${traceFlags}`);
  expect(decodeTrace(text)).toEqual({ traceId, spanId, traceFlags, isRemote: true });
});

test('what belongs to no trace is not carried', () => {
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
])('%j is no trace', (text) => expect(decodeTrace(text)).toBeUndefined());
