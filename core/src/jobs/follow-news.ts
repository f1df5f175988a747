// What follows in this process from what others have committed.
import type { News } from '../db/feed.ts';
import type { WriteQueue } from '../db/write-queue.ts';
import type { Lease } from './lease.ts';
import type { Parking } from './parking.ts';
import type { Pauses } from './pauses.ts';
import type { Promoter } from './promoter.ts';

interface Followers {
  writes: WriteQueue;
  promoter: Promoter;
  lease: Lease;
  parking: Parking;
  pauses: Pauses;
  lookAtDrain: () => Promise<void>;
}

type Name = News extends ReadonlySet<infer N> ? N : never;

export async function followNews(news: News, followers: Followers): Promise<void> {
  const { writes, promoter, lease, parking, pauses, lookAtDrain } = followers;
  const has = (...names: readonly Name[]): boolean => names.some((name) => news.has(name));
  if (has('job_started')) writes.othersWork();
  // First: what has just been paused is not to be claimed, and what goes on is.
  if (has('pauses')) await pauses.follow();
  if (has('job_added', 'job_retry', 'jobs')) {
    writes.poke();
    promoter.look();
  }
  if (has('nodes')) await lookAtDrain();
  if (has('job_cancelled', 'jobs')) await lease.look();
  // What has just been switched off elsewhere must not come back from here: the next sweep knows more.
  if (has('job_parked', 'jobs', 'pauses') && !has('plugins')) await parking.adopt();
}
