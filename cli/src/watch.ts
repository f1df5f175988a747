// `start --watch`: runs this command line again in a process of its own, and replaces it when a source file changes. Node's own --watch
// loses files that an editor saves by renaming, and loads all packages after each save.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Env } from '@phraseworks/jobs/internals/base';

/** Set for the process that is restarted. */
const MARK = 'JOBS_WATCHED';
/** Other JSON files may be the site's own output. */
const SOURCE = /(?<!\.test)\.[cm]?[jt]sx?$|^package\.json$/;
/** Their change makes what a waiting process has loaded out of date. */
const LOADED = /^(package|package-lock|tsconfig)\.json$/;
const IGNORED = /^(\..*|node_modules|dist|build|coverage|data)$/;
/** Milliseconds to wait for a save, which may take an editor several steps. */
const ONE_SAVE = 50;
/** Milliseconds after which a process that does not stop, such as one in an endless loop, is killed. */
const STOP_LIMIT = 2_000;

export const isWatched = (env: Env): boolean => env[MARK] !== undefined;

/** For the process that is watched: resolves when it shall read the configuration and become the site. */
export async function waitForTurn(): Promise<void> {
  if (process.send === undefined) return;
  // The watching process was killed, maybe while this one loaded its packages.
  const end = () => process.kill(process.pid, 'SIGTERM');
  if (!process.connected) end();
  process.once('disconnect', end);
  await once(process, 'message');
}

/** For the process that is watched: the site runs, so its successor can load the packages. */
export const reportStarted = (): void => void (process.connected && process.send?.('started'));

interface WatchDeps {
  /** With all folders below it. */
  folder: string;
  env: Env;
  clock: Clock;
  say: (line: string) => void;
  /** Of Node, for the process that is watched. */
  args: readonly string[];
  /** Start the next process in advance, to wait with its packages loaded: where these are not among the files watched. */
  ahead: boolean;
}

/** Resolves after SIGINT, SIGTERM or SIGHUP, when the process has ended. */
export function runWatched({ folder, env, clock, say, args, ahead }: WatchDeps): Promise<void> {
  let child: ChildProcess | undefined;
  let successor: ChildProcess | undefined;
  /** By path and inode: a folder that was deleted and made again is another one. */
  const watchers = new Map<string, FSWatcher>();
  let saving = false;
  let next: 'restart' | 'end' | undefined;

  return new Promise((resolve) => {
    const end = (): void => {
      for (const watcher of watchers.values()) watcher.close();
      discard();
      resolve();
    };
    const launch = (): ChildProcess =>
      spawn(process.execPath, args, { env: { ...env, [MARK]: '1' }, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const prepare = (): void => {
      if (!ahead || next !== undefined || successor) return;
      const waiting = launch();
      successor = waiting;
      waiting.once('exit', () => {
        if (successor === waiting) successor = undefined;
      });
    };
    const discard = (): void => {
      successor?.kill();
      successor = undefined;
    };
    const start = (): void => {
      next = undefined;
      // Watch before reading the files, so that no change is missed.
      follow();
      const started = successor ?? launch();
      [child, successor] = [started, undefined];
      started.once('message', prepare);
      started.once('exit', () => {
        child = undefined;
        if (next === 'end') end();
        else if (next === 'restart') start();
        else {
          say('The site has stopped. It starts again when you save a file.');
          prepare();
        }
      });
      // To one that has just died this fails, and its exit follows.
      started.send('start', () => {});
    };
    const stop = (then: 'restart' | 'end'): void => {
      if (next !== 'end') next = then;
      const stopping = child;
      if (stopping) {
        stopping.kill('SIGTERM');
        stopping.once(
          'exit',
          clock.after(STOP_LIMIT, () => stopping.kill('SIGKILL')),
        );
      } else if (next === 'end') end();
      else start();
    };
    /** Watches new folders and stops watching deleted ones; returns the new ones. */
    const follow = (): string[] => {
      const folders = new Map(foldersBelow(folder).map((path) => [keyOf(path), path]));
      for (const [key, watcher] of watchers) {
        if (folders.has(key)) continue;
        watcher.close();
        watchers.delete(key);
      }
      const fresh = [...folders].filter(([key]) => !watchers.has(key));
      for (const [key, path] of fresh) {
        const watcher = watcherOf(path, changed, () => watchers.delete(key));
        if (watcher) watchers.set(key, watcher);
      }
      return fresh.map(([, path]) => path);
    };
    const changed = (event: string, name: string): void => {
      // A save or restart in progress must not let the old one through.
      if (LOADED.test(name)) discard();
      if (saving) return;
      // The name may be that of a new folder, whose files may be older than its watcher.
      if (!SOURCE.test(name) && !(event === 'rename' && follow().some(holdsSource))) return;
      saving = true;
      clock.after(ONE_SAVE, () => {
        saving = false;
        if (next !== undefined) return;
        say(`${name} has changed.`);
        stop('restart');
      });
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop('end'));
    start();
  });
}

/** A folder that cannot be watched, or that goes away meanwhile, must not end the site. */
function watcherOf(
  path: string,
  changed: (event: string, name: string) => void,
  lost: () => void,
): FSWatcher | undefined {
  try {
    const watcher = watch(path, (event, name) => changed(event, name ?? ''));
    watcher.on('error', () => {
      watcher.close();
      lost();
    });
    return watcher;
  } catch {
    return undefined;
  }
}

function keyOf(path: string): string {
  try {
    return `${path} ${statSync(path).ino}`;
  } catch {
    return path;
  }
}

function holdsSource(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => SOURCE.test(name));
  } catch {
    return false;
  }
}

function foldersBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const inside = entries.filter((entry) => entry.isDirectory() && !IGNORED.test(entry.name));
    return [folder, ...inside.flatMap((entry) => foldersBelow(join(folder, entry.name)))];
  } catch {
    return [];
  }
}
