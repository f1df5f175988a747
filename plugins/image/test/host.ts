// Run by a test in a process of its own: makes a picture with a pool that is never closed, `once` or, until it is killed, `busy`.
import type { PluginClock } from '@phraseworks/sdk';
import sharp from 'sharp';
import { ImageConfig } from '../src/config.ts';
import { poolOf } from '../src/pool.ts';

// Its timers hold no process open, so that only the pool could.
const clock: PluginClock = {
  now: () => 0,
  iso: () => '',
  rest: async () => {},
  after(ms, fn) {
    const timer = setTimeout(fn, ms).unref();
    return () => clearTimeout(timer);
  },
};
const busy = process.argv[2] === 'busy';
const side = busy ? 3_000 : 10;
const source = await sharp({ create: { width: side, height: side, channels: 3, background: '#123456' } })
  .png({ compressionLevel: 1 })
  .toBuffer();
const data = { source: 'x', operations: [{ type: 'format' as const, format: 'avif' as const }] };
await poolOf(ImageConfig.parse({}), clock).render(
  { jobId: 'job-1', data, source },
  {
    signal: new AbortController().signal,
    readMark: async () => source,
    progress: async () => {
      if (!busy) return;
      console.log('working');
      await new Promise(() => {});
    },
  },
);
console.log('made');
