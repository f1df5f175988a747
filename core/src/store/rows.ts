// Rows that the statements of the queue write beside the jobs themselves.
import type { StoredState } from '../job/lifecycle.ts';

export interface SettleRow {
  id: string;
  node: string;
  run: number;
  state: StoredState;
  attempt: number;
  crashes: number;
  lane: string;
  result: string | null;
  error: string | null;
  message: string | null;
  reason: string | null;
  progress: string | null;
  runAt: number | null;
  dueAt: number | null;
  startedAt: number;
  finishedAt: number | null;
}

export interface AttemptRow {
  jobId: string;
  run: number;
  attempt: number;
  node: string | null;
  startedAt: number;
  finishedAt: number;
  outcome: string;
  error: string | null;
  stack: string | null;
}

export interface LogRow {
  jobId: string;
  run: number;
  line: number;
  attempt: number;
  at: number;
  level: string;
  message: string;
}

export interface HistoryRow {
  id: string;
  jobId: string;
  at: number;
  event: string;
  attempt: number;
  status: string;
  reason: string | null;
  by: string | null;
}
