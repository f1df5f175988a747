// The plugin's table in a whole job system, on the engine that the tests run on.

import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { onTestFinished } from 'vitest';
import type { Outputs } from '../src/outputs.ts';
import { outputsTable } from '../src/outputs.ts';
import { tables } from '../src/tables.ts';

export async function engineOutputs(isRunning = async (_jobId: string) => false): Promise<Outputs> {
  const found: Outputs[] = [];
  const image = definePlugin({
    name: 'image',
    tables,
    init: (ctx) => void found.push(outputsTable(ctx.db, isRunning)),
  });
  const jobs = await createTestJobs({ plugins: { image: { use: image } } });
  onTestFinished(() => jobs[Symbol.asyncDispose]());
  const [outputs] = found;
  if (!outputs) throw new Error('the plugin did not come on');
  return outputs;
}
