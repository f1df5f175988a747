// What a user, a host or the machine may do, and random sequences of it. Plain values, so that a failing sequence can be printed and shrunk.
import type { Chance } from './chance.ts';

export const TYPES = ['solo', 'pair', 'mail'] as const;
export type Type = (typeof TYPES)[number];
/** `solo` runs one at a time. */
export const PLUGIN_OF: Record<Type, Plugin> = { solo: 'work', pair: 'work', mail: 'mild' };
/** The type of the jobs that the schedule adds. */
export const SCHEDULED: Type = 'pair';
export const PLUGINS = ['work', 'mild'] as const;
export type Plugin = (typeof PLUGINS)[number];

export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;

/** How a processor ends its attempt. `odd`: a snooze for a time that is no number; `soon`: a failure to be repeated at once. */
const ENDINGS = ['ok', 'ok', 'fail', 'soon', 'throw', 'fatal', 'discard', 'snooze', 'odd', 'once'] as const;
export type Ending = (typeof ENDINGS)[number];
/** What a processor does in one attempt: end at once, or wait until the sequence ends it or its signal fires. */
export type Turn = Ending | 'hold';

export interface Task {
  /** Names the job in the sequence. */
  label: number;
  type: Type;
  priority: (typeof PRIORITIES)[number];
  /** Of its attempts, one after the other; a further one succeeds. */
  turns: Turn[];
  /** What it does when its signal fires while it waits. */
  onSignal: Ending | 'ignore';
  delay?: number;
  key?: string;
  maxRetries: number;
  retryDelay: number;
  timeout?: number;
}

/** `nth` counts among the jobs that the operation fits, or among all of them. */
export type Operation =
  | { do: 'add'; tasks: Task[]; over: 'call' | 'http'; same?: boolean }
  | { do: 'transact'; tasks: Task[]; commit: boolean; wait: number }
  | { do: 'advance'; ms: number }
  | { do: 'jump'; ms: number }
  | { do: 'end'; nth: number; how: Ending }
  | { do: 'progress'; nth: number }
  | { do: 'cancel' | 'retry' | 'edit' | 'run' | 'delete'; nth: number; any: boolean; over: 'call' | 'http' }
  | { do: 'bulk'; action: 'retry' | 'cancel' | 'run' | 'delete'; type: Type }
  | { do: 'off'; plugin: Plugin; running: 'drain' | 'abort' }
  | { do: 'on' | 'configure'; plugin: Plugin }
  | { do: 'pause' | 'resume'; type: Type }
  | { do: 'schedule' | 'pauseSchedule' | 'resumeSchedule' | 'runSchedule' | 'removeSchedule' }
  | { do: 'restart' | 'crash' | 'thaw' | 'clean' | 'idle' }
  | { do: 'disconnect' | 'connect' }
  | { do: 'replay'; nth: number };

export interface Sequence {
  /** Attempts at once. */
  slots: number;
  operations: Operation[];
}

const SECOND = 1_000;
const MINUTE = 60_000;

/** How often each is drawn; a process can thaw only after one has crashed. */
const WEIGHTS: readonly (readonly [Operation['do'], number])[] = [
  ['add', 24],
  ['end', 14],
  ['advance', 12],
  ['cancel', 5],
  ['retry', 4],
  ['edit', 2],
  ['run', 3],
  ['delete', 2],
  ['bulk', 2],
  ['off', 3],
  ['on', 4],
  ['configure', 2],
  ['pause', 3],
  ['resume', 4],
  ['progress', 2],
  ['transact', 2],
  ['jump', 1],
  ['schedule', 1],
  ['pauseSchedule', 0.5],
  ['resumeSchedule', 0.5],
  ['runSchedule', 0.5],
  ['removeSchedule', 0.3],
  ['restart', 1.2],
  ['crash', 2],
  ['thaw', 12],
  ['clean', 0.2],
  ['idle', 0.7],
  ['disconnect', 1],
  ['connect', 1.5],
  ['replay', 1.5],
];

function draw(chance: Chance, isFrozen: boolean): Operation['do'] {
  const weights = WEIGHTS.filter(([name]) => name !== 'thaw' || isFrozen);
  let left = chance.fraction() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of weights) {
    left -= weight;
    if (left < 0) return name;
  }
  return 'add';
}

export function sequenceOf(chance: Chance, steps: number): Sequence {
  let labels = 0;
  const task = (more: Partial<Task> = {}): Task => {
    labels += 1;
    return {
      label: labels,
      type: chance.pick(TYPES),
      priority: chance.pick(PRIORITIES),
      turns: Array.from({ length: chance.below(4) }, () => (chance.is(0.5) ? 'hold' : chance.pick(ENDINGS))),
      onSignal: chance.is(0.15) ? 'ignore' : chance.pick(ENDINGS),
      maxRetries: chance.below(3),
      retryDelay: chance.pick([0, SECOND, 20 * SECOND]),
      ...(chance.is(0.25) ? { delay: chance.pick([0, 1, 500, 10 * SECOND, 2 * MINUTE]) } : {}),
      ...(chance.is(0.2) ? { key: `key-${chance.below(4)}` } : {}),
      ...(chance.is(0.1) ? { timeout: chance.pick([500, 30 * SECOND]) } : {}),
      ...more,
    };
  };
  const tasks = (): Task[] => {
    if (chance.is(0.7)) return [task()];
    // A crowd of one type waits in line, so that its order shows.
    const { type } = task();
    return Array.from({ length: 2 + chance.below(4) }, () => task(chance.is(0.7) ? { type } : {}));
  };
  let frozen = 0;
  const operation = (): Operation => {
    const name = draw(chance, frozen > 0);
    if (name === 'crash') frozen += 1;
    if (name === 'thaw') frozen -= 1;
    const nth = chance.below(100);
    const over = chance.is(0.5) ? 'http' : 'call';
    switch (name) {
      case 'add':
        return { do: name, tasks: tasks(), over, ...(chance.is(0.5) ? { same: true } : {}) };
      case 'transact':
        return { do: name, tasks: tasks(), commit: chance.is(0.6), wait: chance.pick([0, 0, SECOND]) };
      case 'advance':
        return { do: name, ms: chance.pick([0, 60, SECOND, 5 * SECOND, 20 * SECOND, MINUTE, 3 * MINUTE]) };
      case 'jump':
        return { do: name, ms: chance.pick([-600, -60, -1, 1, 30, 600]) * SECOND };
      case 'end':
        return { do: name, nth, how: chance.pick(ENDINGS) };
      case 'cancel':
      case 'retry':
      case 'edit':
      case 'run':
      case 'delete':
        return { do: name, nth, any: chance.is(0.2), over };
      case 'bulk':
        return { do: name, action: chance.pick(['retry', 'cancel', 'run', 'delete']), type: chance.pick(TYPES) };
      case 'off':
        return { do: name, plugin: chance.pick(PLUGINS), running: chance.is(0.5) ? 'drain' : 'abort' };
      case 'on':
      case 'configure':
        return { do: name, plugin: chance.pick(PLUGINS) };
      case 'pause':
      case 'resume':
        return { do: name, type: chance.pick(TYPES) };
      case 'progress':
      case 'replay':
        return { do: name, nth };
      default:
        return { do: name };
    }
  };
  return { slots: 1 + chance.below(3), operations: Array.from({ length: steps }, operation) };
}
