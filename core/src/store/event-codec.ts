// Encodes events for storage: one short line per event, without repeating its neighbours or what its name implies. Also numbers events.
import type { JobEvent, JobEventName, JobState } from '@phraseworks/sdk';
import { maskSecrets } from '@phraseworks/sdk/secrets';
import { OF_UNKNOWN_TYPE } from '../kernel/json-schema.ts';
import type { Row } from './schema.ts';

/** The state after each event. Stored lines name an event by its place here. */
const STATE_AFTER: Record<JobEventName, JobState> = {
  job_added: 'pending',
  job_started: 'processing',
  job_progress: 'processing',
  job_completed: 'completed',
  job_failed: 'failed',
  job_retry: 'pending',
  job_cancelled: 'cancelled',
};
const NAMES = Object.keys(STATE_AFTER) as JobEventName[];

/** What else may have changed, for other processes, without an event: settings of plugins, schedules, jobs that became ready or wait, pauses, and figures over time. */
export type Topic = 'plugins' | 'schedules' | 'jobs' | 'pauses' | 'limits' | 'links' | 'minutes';

type More = Pick<JobEvent, 'progress' | 'result' | 'resultBytes' | 'error' | 'reason'>;

/**
 * Name, id, type, plugin, attempt, time; 0 means "same as in the event before". Then the rest, or 0 if only the attempt's times follow:
 * its run time and its wait.
 */
type Line = [number, string, string | 0, string | null | 0, number, string | 0, (More | 0)?, number?, number?];

export function encodeEvents(events: readonly JobEvent[]): string {
  let before: JobEvent | undefined;
  const lines = events.map((event): Line => {
    const { event: name, jobId, attempt, duration, wait } = event;
    const type = before?.jobType === event.jobType ? 0 : event.jobType;
    const plugin = before !== undefined && before.plugin === event.plugin ? 0 : event.plugin;
    const at = before?.at === event.at ? 0 : event.at;
    const n = NAMES.indexOf(name);
    const more = rest(event);
    before = event;
    // Written out because this runs for every event, and a growing list would be copied.
    if (duration === undefined)
      return more ? [n, jobId, type, plugin, attempt, at, more] : [n, jobId, type, plugin, attempt, at];
    if (wait === undefined) return [n, jobId, type, plugin, attempt, at, more ?? 0, duration];
    return [n, jobId, type, plugin, attempt, at, more ?? 0, duration, wait];
  });
  return JSON.stringify(lines);
}

/** Fields that only some events have. */
function rest({ progress, result, resultBytes, error, reason }: JobEvent): More | undefined {
  const nothing = undefined;
  if (progress === nothing && result === nothing && resultBytes === nothing && error === nothing && reason === nothing)
    return nothing;
  // JSON omits undefined values.
  return { progress, result, resultBytes, error, reason } as More;
}

/** Throws if the text is not a list of lines, so something else wrote the row. */
export function decodeEvents(text: string): JobEvent[] {
  let before: JobEvent | undefined;
  return (JSON.parse(text) as Line[]).map(([name, jobId, type, plugin, attempt, at, more, duration, wait]) => {
    const kind = NAMES[name] as JobEventName;
    const event: JobEvent = {
      event: kind,
      jobId,
      jobType: type === 0 ? (before?.jobType ?? '') : type,
      plugin: plugin === 0 ? (before?.plugin ?? null) : plugin,
      status: STATE_AFTER[kind],
      attempt,
      at: at === 0 ? (before?.at ?? '') : at,
      ...(more === 0 ? {} : more),
      // In the order of a live event.
      ...(wait === undefined ? {} : { wait }),
      ...(duration === undefined ? {} : { duration }),
    };
    before = event;
    return event;
  });
}

/** A row of the events table, without its number. */
export type EventsRow = Omit<Row<'pwj_events'>, 'seq'>;

export function eventsRow(at: number, node: string, events: readonly JobEvent[], topics: readonly Topic[]): EventsRow {
  return { at, node, kinds: kindsIn(events, topics), events: encodeEvents(events) };
}

function kindsIn(events: readonly JobEvent[], topics: readonly Topic[]): string {
  if (events.length === 1 && topics.length === 0) return events[0]?.event ?? '';
  const kinds = new Set<string>(topics);
  for (const { event } of events) kinds.add(event);
  return [...kinds].join(' ');
}

/** The content of `kinds`, which other processes read as news (`feed.ts`). */
export const kindsOf = (kinds: string): (JobEventName | Topic)[] =>
  kinds === '' ? [] : (kinds.split(' ') as (JobEventName | Topic)[]);

/** An event id is the number of its commit times this, plus its position in the commit. */
export const PER_COMMIT = 1_000;

/** Ignores rows whose JSON was corrupted by hand. */
export function readBatch(row: { seq: number; events?: string }): StoredEvent[] {
  let events: JobEvent[];
  try {
    events = row.events === undefined ? [] : decodeEvents(row.events);
  } catch {
    return [];
  }
  return events.map((event, i) => new StoredEvent(row.seq * PER_COMMIT + i, event));
}

export class StoredEvent {
  readonly id: number;
  readonly event: JobEvent;
  #bytes: Buffer | undefined;
  #masked: Buffer | undefined;

  constructor(id: number, event: JobEvent) {
    this.id = id;
    this.event = event;
  }

  /** In bytes. */
  get size(): number {
    return this.bytes.length;
  }

  /** `{"id":7000,"type":"job_update","data":{...}}` */
  get bytes(): Buffer {
    this.#bytes ??= this.#message(this.event);
    return this.#bytes;
  }

  /** The same bytes without secrets. */
  get masked(): Buffer {
    const shown = this.#masked ? this.event : maskSecrets(this.event);
    this.#masked ??= shown === this.event ? this.bytes : this.#message(shown);
    return this.#masked;
  }

  /** The same, of a type of which nothing is known. */
  get hidden(): Buffer {
    return this.#message(maskSecrets(this.event, OF_UNKNOWN_TYPE));
  }

  #message(data: JobEvent): Buffer {
    return Buffer.from(JSON.stringify({ id: this.id, type: 'job_update', data }));
  }
}
