// The queue as one piece, without plugins, schedules and HTTP: what is built from its table, and how it opens, works and stops.
import { Clock, Random } from './kernel/clock.ts';
import { Settings } from './kernel/config.ts';
import { type Built, given } from './kernel/container.ts';
import { messageOf } from './kernel/errors.ts';
import { Ids } from './kernel/id.ts';
import { Identity, identify, version } from './kernel/identity.ts';
import { Log } from './kernel/logger.ts';
import { UnknownTypes } from './queue/admission.ts';
import { followUncaught } from './queue/attempt.ts';
import { PluginStates } from './queue/presence.ts';
import { closingOf } from './queue/worker.ts';
import { composeCore } from './services.ts';
import { Dialect } from './store/dialect.ts';

export type Core = Awaited<ReturnType<typeof createCore>>;

const GIVEN = { dialect: Dialect, settings: Settings, clock: Clock, random: Random, ids: Ids, log: Log };

/** `plugins`: for the row of this process. */
export async function createCore({
  unknownTypes = 'wait',
  plugins = { states: () => ({}), failures: () => ({}) },
  ...needs
}: Built<typeof GIVEN> & { unknownTypes?: UnknownTypes | undefined; plugins?: PluginStates }) {
  const identity = identify(needs.ids.next());
  const services = await composeCore([
    ...Object.entries(GIVEN).map(([name, key]) => given<unknown>(key, needs[name as keyof typeof GIVEN])),
    given(UnknownTypes, unknownTypes),
    given(PluginStates, plugins),
    given(Identity, identity),
  ]);
  const { parts } = services;
  const life = lifeOf(parts, { ...needs, identity });
  return { services, identity, ...parts, ...life, sweep: () => parts.sweeper.run(), now: () => needs.clock.now() };
}

const STOPPING = 'this process stops';

/** The order in which the core opens, works and stops. */
function lifeOf(
  core: Awaited<ReturnType<typeof composeCore>>['parts'],
  { dialect, clock, log, identity }: { dialect: Dialect; clock: Clock; log: Log; identity: Identity },
) {
  const { ledger, storage, databases, hostTransactions } = core;
  const { worker, lease, openings, batches, presence, promoter, deadlineTimer, removal, sweeper, wakeup } = core;
  let unfollow = (): void => {};
  let isListed = false;

  return {
    /** Registers this process, and follows what the others do. */
    async open(): Promise<void> {
      unfollow = followUncaught();
      isListed = true;
      await presence.open();
      lease.start();
      const others = (await core.peers.all()).filter(({ live, about }) => live && about.version !== undefined);
      const versions = new Set(others.map(({ about }) => about.version));
      versions.delete(version());
      if (versions.size > 0)
        log.warn(
          `Processes of another version (${[...versions].join(', ')}) use this database. Update or stop them: they may not know all of its tables.`,
        );
      await ledger.feed.start();
      await core.holds.reload();
      storage.start();
    },
    /** Takes over what a dead predecessor held, and begins to claim. */
    async startWorker(): Promise<void> {
      await core.crashes.checkNeighbours();
      worker.start();
      await presence.announce();
      for (const rounds of [promoter, deadlineTimer, openings, batches, removal, sweeper]) rounds.start();
    },
    startListening: () => wakeup.start(),
    async stopWorker(timeout: number): Promise<void> {
      for (const rounds of [sweeper, removal, batches, openings, deadlineTimer, promoter]) void rounds.stop();
      // A transaction outside a job has as long as the jobs.
      const cancel = clock.after(timeout - closingOf(timeout), () => databases.end(STOPPING));
      const stopped = worker.stop(timeout);
      // If the process is killed during its stop, its jobs are not charged with a crash.
      if (worker.stopping) void presence.announce();
      await stopped;
      cancel();
    },
    async close(): Promise<void> {
      storage.stop();
      void wakeup.stop();
      ledger.feed.stop();
      hostTransactions.stop();
      databases.end(STOPPING);
      await lease.stop();
      await presence.close();
      try {
        if (isListed) await core.nodes.remove([identity.node]);
      } catch (error) {
        log.warn(
          `Cannot remove this process from the list of processes: ${messageOf(error)} The others will notice that it has ended.`,
        );
      } finally {
        unfollow();
        await dialect.close();
      }
    },
  };
}
