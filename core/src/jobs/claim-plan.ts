// How many jobs a process wants from which of its lanes. Pure.

import type { ClaimPlan } from '../db/claims.ts';
import { jobEvent } from '../db/codec.ts';

interface Wish {
  node: string;
  now: number;
  leaseDuration: number;
  /** Jobs wanted in all, and how many of them are beyond the free slots. */
  limit: number;
  spare: number;
  /** The lanes that are served here, each with its limit. */
  lanes: ReadonlyMap<string, number>;
  /** Jobs of a lane that are here already, and whether it may be claimed from at this moment. */
  held: (lane: string) => number;
  open: (lane: string) => boolean;
  /** Which lane is asked first: it changes, so that no lane always gets the odd slot. */
  turn: number;
}

/** Null when nothing is wanted. */
export function claimPlan({ node, now, leaseDuration, limit, spare, turn, ...wish }: Wish): ClaimPlan | null {
  if (limit <= 0) return null;
  const lanes = [...wish.lanes]
    .map(([lane, most]) => ({ lane, limit: Math.min(limit, most + spare - wish.held(lane)) }))
    .filter(({ lane, limit: most }) => most > 0 && wish.open(lane));
  if (lanes.length === 0) return null;
  const first = turn % lanes.length;
  return {
    node,
    now,
    leaseUntil: now + leaseDuration,
    limit,
    lanes: [...lanes.slice(first), ...lanes.slice(0, first)],
    event: (job) => jobEvent('job_started', 'processing', job, now),
  };
}
