// Why a job is not running, seen from a command: this process claims nothing, so that the others say it all.
import { type JobRecord, situationOf, whyNot } from '@phraseworks/jobs/internals/engine';
import type { Client } from './client.ts';
import { shortId } from './job-lines.ts';

export async function whyLine({ engine }: Client, record: JobRecord): Promise<string> {
  return whyNot(record, await situationOf(record, engine, { claiming: false, slots: 0 }));
}

/** What keeps it from ever starting by itself; null when it only waits for its turn. */
export async function obstacle(client: Client, record: JobRecord): Promise<string | null> {
  if (record.state !== 'parked' && record.state !== 'ready') return null;
  const open = (await client.engine.peers.workers()).filter(({ about }) => about.draining !== true);
  return record.state === 'ready' && open.length > 0 ? null : whyLine(client, record);
}

/** The commands that help, where a person can do something about it. */
export function hints({ id, state, reason, plugin }: JobRecord): string[] {
  const call = (words: string): string[] => [`phraseworks-jobs ${words}`];
  if (state === 'failed') return [...call(`show ${shortId(id)}`), ...call(`retry ${shortId(id)}`)];
  if (state !== 'parked') return [];
  if (reason === 'paused') return call('pauses');
  if (reason === 'plugin_disabled' && plugin !== null) return call(`plugins enable ${plugin}`);
  return reason === 'plugin_failed' ? call('plugins') : [];
}
