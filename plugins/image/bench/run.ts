// Run by hand: `node --import tsx --conditions=@phraseworks/source plugins/image/bench/run.ts [sets] [singles] [cores]`.
// A twelve-megapixel JPEG to five widths and two formats, through the whole job system and by sharp alone; then memory.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ImageJobData } from '../src/data.ts';
import { useThreads } from '../src/pipeline.ts';
import { gateOf, shareOf } from '../src/pool.ts';
import { instance } from '../test/instance.ts';
import type { BareFormat, BareSet } from './bare.ts';
import { bareRun, eachFromSource, oneDecode } from './bare.ts';
import { photo } from './photo.ts';

const [sets = 24, singles = 1_000, cores = Math.max(1, availableParallelism() - 1)] = process.argv.slice(2).map(Number);
const WIDTHS = [320, 640, 960, 1_280, 1_920];
const PAIRS: BareFormat[][] = [
  ['webp', 'jpeg'],
  ['webp', 'avif'],
];
const MB = 1024 * 1024;

async function measured(work: () => Promise<void>) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [before, started] = [process.cpuUsage(), performance.now()];
  delay.enable();
  await work();
  delay.disable();
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  const ms = (value: number) => `${Math.max(0, value / 1e6 - 1).toFixed(1)} ms`;
  const loop = `loop delay p50 ${ms(delay.percentile(50))} p99 ${ms(delay.percentile(99))} max ${ms(delay.max)}`;
  const cpu = (user + system) / 1_000;
  return { elapsed, cpu, text: `${loop}, ${(cpu / elapsed).toFixed(2)} cores used` };
}

const folder = await mkdtemp(join(tmpdir(), 'pwj-image-bench-'));
const source = await photo();
await writeFile(join(folder, 'photo.jpg'), source);
const { slots, threads } = shareOf(cores);
console.log(`source ${(source.length / MB).toFixed(1)} MB, ${cores} cores: ${slots} at a time with ${threads} threads`);
const system = await instance(folder, { cores });
useThreads(threads);
const repeated = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

for (const formats of PAIRS) {
  const data = (index: number): ImageJobData => ({
    source: 'photo.jpg',
    responsive: { widths: WIDTHS, formats, quality: 80, outputPath: `${formats.join('-')}/${index}-{width}.{format}` },
  });
  const bare: BareSet = { source, folder, widths: WIDTHS, formats, gate: gateOf(slots) };
  // Milliseconds of all rounds: by the clock, and of the processor, which tells more where others use it at the same time.
  const clock = { each: 0, once: 0, jobs: 0 };
  const processor = { each: 0, once: 0, jobs: 0 };
  const count = Math.ceil(sets / 3);
  await system.run([{ ...data(0), overwrite: true }]);
  // In turns, so that a machine that is busy for a while is so for all.
  for (let round = 0; round < 3; round++) {
    const start = 1 + round * count;
    const runs = {
      each: () => bareRun(eachFromSource, bare, count, slots + 1),
      once: () => bareRun(oneDecode, bare, count, slots + 1),
      jobs: () => system.run(repeated(count, (i) => data(start + i))),
    };
    for (const name of ['each', 'once', 'jobs'] as const) {
      const { elapsed, cpu, text } = await measured(runs[name]);
      clock[name] += elapsed;
      processor[name] += cpu;
      console.log(`  ${formats.join('+')} round ${round + 1}, ${name}: ${text}`);
    }
  }
  const rate = (name: keyof typeof clock) => `${((3_000 * count) / clock[name]).toFixed(3)} images/s`;
  const against = (name: 'each' | 'once') =>
    `${(clock[name] / clock.jobs).toFixed(2)} x by the clock, ${(processor[name] / processor.jobs).toFixed(2)} x by the processor`;
  console.log(`${formats.join(' + ')}, five widths, ${3 * count} sources: ${rate('jobs')} by jobs`);
  console.log(`  sharp alone, a pipeline for each file: ${rate('each')}; jobs are ${against('each')}`);
  console.log(`  sharp alone, one decode: ${rate('once')}; jobs are ${against('once')}`);
}

const single = (index: number): ImageJobData => ({
  source: 'photo.jpg',
  operations: [
    { type: 'resize', width: 800, height: 600 },
    { type: 'optimize', quality: 85 },
    { type: 'format', format: 'webp' },
  ],
  outputPath: `single/${index}.webp`,
});
const rss: number[] = [];
const PART = Math.max(1, Math.floor(singles / 10));
const memory = await measured(async () => {
  for (let part = 0; part < 10; part++) {
    await system.run(repeated(PART, (i) => single(part * PART + i)));
    rss.push(Math.round(process.memoryUsage().rss / MB));
  }
});
console.log(
  `${PART * 10} images to 800x600 WebP: ${((PART * 10_000) / memory.elapsed).toFixed(1)} images/s, ${memory.text}`,
);
console.log(`RSS in MB after each tenth: ${rss.join(' ')}`);
await system.stop();
await rm(folder, { recursive: true });
