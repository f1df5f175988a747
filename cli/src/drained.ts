// Waits until processes that were asked to drain have finished what they run.
import { type Clock, pause } from '@phraseworks/jobs/internals/base';
import {
  type Dialect,
  type Peers,
  type RunningRow,
  runningOn,
  type SeenNode,
} from '@phraseworks/jobs/internals/engine';

/** Between two looks, in milliseconds. */
const LOOK = 250;
/** Jobs that are named when they do not end. */
const NAMED = 10;

export interface Standing {
  /** Jobs that still run. */
  running: number;
  first: readonly RunningRow[];
  /** Processes that have not said yet that they claim nothing more. */
  deaf: readonly SeenNode[];
}

interface WaitDeps {
  dialect: Dialect;
  peers: Peers;
  clock: Clock;
  /** All of them without. */
  node: string | undefined;
  /** Milliseconds. */
  timeout: number;
  onLook: (standing: Standing) => void;
}

/** Resolves with the state when nothing runs, or when the time is over. */
export async function waitUntilDrained(deps: WaitDeps): Promise<Standing> {
  const { clock, timeout, onLook } = deps;
  const deadline = clock.now() + timeout;
  for (;;) {
    const standing = await look(deps);
    onLook(standing);
    if (isQuiet(standing) || clock.now() >= deadline) return standing;
    await pause(clock, Math.min(LOOK, Math.max(deadline - clock.now(), 1)));
  }
}

/** Pure. */
export const isQuiet = ({ running, deaf }: Standing): boolean => running === 0 && deaf.length === 0;

async function look({ dialect, peers, node }: WaitDeps): Promise<Standing> {
  const nodes = (await peers.all()).filter(({ live }) => live);
  const asked = node === undefined ? nodes : nodes.filter(({ id }) => id === node);
  // Read after the nodes: what one of them claimed before it said that it drains is among these.
  const { n, first } = await runningOn(dialect, node === undefined ? null : [node], NAMED);
  return { running: n, first, deaf: asked.filter(isDeaf) };
}

/** Works, and has not said that it drains. */
const isDeaf = ({ about }: SeenNode): boolean => (about.roles?.includes('worker') ?? true) && about.draining !== true;
