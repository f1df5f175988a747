// What `doctor` looks at: what a start checks, and the faults that operators have. Nothing is changed.
import { existsSync, readFileSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { JobsOptions } from '@phraseworks/jobs';
import { messageOf } from '@phraseworks/jobs/internals/base';
import {
  checkOptions,
  connect,
  type Dialect,
  openSteps,
  readUrl,
  tryToWrite,
  withDefaults,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { fits } from '@phraseworks/sdk/host';
import type { Client } from './client.ts';
import type { Call } from './command.ts';
import type { Site } from './site.ts';

export interface Check {
  check: string;
  state: 'ok' | 'warn' | 'fail';
  /** What was found. */
  says: string;
  /** What to do, if anything. */
  advice?: string;
}

const ok = (check: string, says: string): Check => ({ check, state: 'ok', says });
const warn = (check: string, says: string, advice: string): Check => ({ check, state: 'warn', says, advice });
const fail = (check: string, says: string, advice: string): Check => ({ check, state: 'fail', says, advice });

/** Ends early where the later checks need what has failed. Throws `INVALID_CONFIG`. */
export async function* examine(call: Call): AsyncGenerator<Check> {
  yield nodeCheck();
  const site = await call.site();
  checkOptions(site.config);
  const { database } = site.config;
  const { file, hosts } = readUrl(database);
  yield await diskCheck('disk, uploads', uploadsOf(site));
  if (file !== null) {
    yield await diskCheck('disk, database', file);
    if (!existsSync(file)) {
      const advice = 'Start the site once, or correct --database, JOBS_DATABASE or the configuration.';
      yield fail('database', 'its file does not exist', advice);
      return;
    }
    yield* fileRights(file, (await stat(file)).mode);
  }
  let dialect: Dialect | undefined;
  try {
    dialect = await connect(database, call);
    yield durabilityCheck(dialect);
    if (dialect.file) yield damageCheck(await dialect.file.damage(NAMED));
    if (hosts.length < 2) yield await skewCheck('clock', dialect, call);
    else for (const { host, url } of hosts) yield await clockOf(host, url, call);
    const open = await openSteps(dialect);
    yield tablesCheck(open);
    if (open.length > 0) return;
    await tryToWrite(dialect);
    yield* workChecks(await call.open());
  } catch (error) {
    yield refusal('database', error);
  } finally {
    await dialect?.close();
  }
}

/** The folder of uploads, which the plugin `files` has as its setting, or the site as an option. */
export function uploadsOf({ config }: Pick<Site, 'config'>): string {
  const { files } = withDefaults(config.plugins ?? {}, config);
  const { storage } = ((typeof files === 'object' && files.config) ?? {}) as Pick<JobsOptions, 'storage'>;
  return storage?.uploads?.folder ?? 'data/uploads';
}

function nodeCheck(): Check {
  const found = `Node.js ${process.versions.node}`;
  const manifest = createRequire(import.meta.url).resolve('@phraseworks/jobs/package.json');
  const { engines } = JSON.parse(readFileSync(manifest, 'utf8')) as { engines: { node: string } };
  return engines.node.split('||').some((range) => fits(process.versions.node, range.trim()))
    ? ok('Node.js', found)
    : fail('Node.js', `${found} is not a supported version`, `Install Node.js ${engines.node}.`);
}

const LEAST_SHARE = 0.1;
const LEAST_BYTES = 1_000_000_000;
const FULL = 10_000_000;

/** Of a file or folder, which may not exist yet. */
async function diskCheck(check: string, path: string): Promise<Check> {
  let there = resolve(path);
  while (!existsSync(there)) there = dirname(there);
  const { bavail, blocks, bsize } = await statfs(there);
  return roomCheck(check, bavail * bsize, blocks * bsize);
}

/** Pure. */
export function roomCheck(check: string, free: number, size: number): Check {
  const says = `${gigabytes(free)} of ${gigabytes(size)} free (${Math.round((100 * free) / size)} %)`;
  if (free < FULL) return fail(check, says, 'It is full: nothing can be stored. Make room.');
  if (free >= LEAST_BYTES && free >= size * LEAST_SHARE) return ok(check, says);
  return warn(check, says, 'Make room: nothing can be stored on a full disk.');
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

function* fileRights(path: string, mode: number): Generator<Check> {
  if ((mode & 0o077) === 0 || process.platform === 'win32') return;
  yield warn(
    'file rights',
    `other users of this machine may read it (${(mode & 0o777).toString(8)}), and with it the jobs and the settings of plugins`,
    `chmod 600 ${path}, and the same for its -wal and -shm`,
  );
}

/** What a start says, too. */
function refusal(check: string, error: unknown): Check {
  if (error instanceof JobsError) return { check, state: 'fail', says: messageOf(error) };
  throw error;
}

function durabilityCheck(dialect: Dialect): Check {
  const { engine, version, location, durability } = dialect.facts();
  const says = `${engine} ${version} (${location}), durability ${durability}`;
  if (durability === 'full') return ok('database', says);
  const advice = 'Acknowledged jobs can be lost in a power failure: let every commit wait for the disk.';
  return warn('database', says, advice);
}

/** The most errors to list. */
const NAMED = 5;

function damageCheck(found: readonly string[]): Check {
  if (found.length === 0) return ok('file', 'intact');
  return fail('file', `damaged: ${found.join('; ')}`, 'Stop the site and restore the last verified backup.');
}

/** Jobs fail over between the servers of a URL, so each has its say. */
async function clockOf(host: string, url: string, call: Call): Promise<Check> {
  const check = `clock, ${host}`;
  try {
    const server = await connect(url, call);
    const found = await skewCheck(check, server, call);
    await server.close();
    return found;
  } catch (error) {
    return { ...refusal(check, error), state: 'warn', advice: 'Its clock cannot be read while it is unreachable.' };
  }
}

/** Milliseconds by which two clocks may differ. */
const SKEW = 2_000;

async function skewCheck(check: string, dialect: Dialect, { clock }: Call): Promise<Check> {
  const before = clock.now();
  const theirs = await dialect.serverTime?.();
  if (theirs === undefined) return ok(check, 'the database uses the clock of this machine');
  const ahead = theirs - (before + clock.now()) / 2;
  const size = `${(Math.abs(ahead) / 1_000).toFixed(1)} s`;
  if (Math.abs(ahead) <= SKEW) return ok(check, `${size} from that of the database`);
  const advice = 'Synchronise both machines by NTP: delays and leases depend on it.';
  return warn(check, `this machine is ${size} ${ahead > 0 ? 'behind' : 'ahead of'} the database`, advice);
}

function tablesCheck(open: readonly string[]): Check {
  if (open.length === 0) return ok('tables', 'up to date');
  const says = `${open.length} steps are open: ${open.join(', ')}`;
  return warn('tables', says, 'phraseworks-jobs migrate, or start the site.');
}

/** Types are parked for these reasons by choice. */
const WANTED = ['paused', 'plugin_disabled'];

async function* workChecks({ core }: Client): AsyncGenerator<Check> {
  const nodes = await core.peers.all();
  const live = nodes.filter((node) => node.live);
  const dead = nodes.length - live.length;
  yield dead === 0
    ? ok('processes', `${live.length} running`)
    : warn(
        'processes',
        `${live.length} running, ${dead} ended without a clean stop`,
        'A running worker returns their jobs to the queue, then they disappear by themselves.',
      );
  const failed = live.flatMap(({ pid, about }) =>
    Object.entries(about.plugins ?? {}).flatMap(([name, state]) =>
      state === 'failed'
        ? [`${name} in the process ${pid}${about.hostname ? ` on ${about.hostname}` : ''} (${about.failures?.[name]})`]
        : [],
    ),
  );
  if (failed.length > 0)
    yield warn(
      'plugins',
      `failed: ${failed.join(', ')}`,
      'Fix the cause. To try it now: phraseworks-jobs plugins enable NAME',
    );
  const waiting = (await core.reads.counts()).filter(({ state }) => ['ready', 'scheduled'].includes(state));
  const served = new Set(live.flatMap(({ about }) => about.types ?? []));
  const { heldBy } = await core.holds.now();
  const left = waiting.filter(({ type }) => !served.has(type) && !WANTED.includes(heldBy(type) ?? ''));
  const types = [...new Set(left.map(({ type }) => type))].sort().join(', ');
  yield types === ''
    ? ok('jobs', waiting.length === 0 ? 'none are waiting' : 'a process can run each that is waiting')
    : warn(
        'jobs',
        `waiting, but no running process can run them: ${types}`,
        'Start the site or a worker. If one runs, see phraseworks-jobs plugins, and phraseworks-jobs why ID.',
      );
}
