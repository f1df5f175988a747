// The sides by name; each is loaded only in the process that measures it.
import { AMONG_FIFTY } from '../plans.ts';
import type { Side } from '../side.ts';

const SIDES: Record<string, () => Promise<() => Side>> = {
  phraseworks: async () => (await import('./ours.ts')).ours,
  [AMONG_FIFTY]: async () => (await import('./ours.ts')).oursAmongFifty,
  plainjob: async () => (await import('./plainjob.ts')).plainjob,
  liteque: async () => (await import('./liteque.ts')).liteque,
  serenis: async () => (await import('./serenis.ts')).serenisBatch,
  'serenis single': async () => (await import('./serenis.ts')).serenisSingle,
  bullmq: async () => (await import('./bullmq.ts')).bullmq,
};

export async function makeSide(name: string): Promise<Side> {
  const load = SIDES[name];
  if (!load) throw new Error(`there is no such side: ${Object.keys(SIDES).join(', ')}`);
  return (await load())();
}
