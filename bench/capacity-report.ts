// The constants of the model and how well it predicts, as tables.
import type { Loaded } from './load.ts';
import type { Constants, Prediction, Setting } from './model.ts';
import { round } from './report.ts';

export interface Tried {
  setting: Setting;
  predicted: Prediction;
  measured?: Loaded;
}

export function constantsTable(c: Constants, plain: Loaded): string[] {
  const { perJob } = plain;
  const rows: [string, number, string][] = [
    ['rate of one process', plain.rate, 'jobs/s'],
    ['processor time of our process', c.node, 'us per job'],
    ['processor time of the database', c.database, 'us per job'],
    ['the same, per 1 kB of data', c.nodePerByte * 1_000, 'us per job, our process'],
    ['', c.databasePerByte * 1_000, 'us per job, database'],
    ['the same, per other process', c.nodePerPeer, 'us per job, that process'],
    ['', c.databasePerPeer, 'us per job, database'],
    ['the same, per follower', c.nodePerFollower, 'us per job, our process'],
    ['', c.followerPerFollower, 'us per job, the follower itself'],
    ['cores that one process and the database keep busy', c.coresOfOne, ''],
    ['all processor times while all cores are busy', c.crowded, 'times'],
    ['statements', perJob.statements, 'per job'],
    ['round trips', perJob.roundTrips, 'per job'],
    ['commits', perJob.commits, 'per job'],
    ['writes that wait for the disk', perJob.diskSyncs, 'per job'],
    ['bytes to the database', perJob.bytesIn, 'per job'],
    ['bytes from the database', perJob.bytesOut, 'per job'],
    ['rows', perJob.rows, 'per job'],
    ['bytes on the disk, indexes included', perJob.bytes, 'per job'],
    ['connections', plain.connections, 'per process'],
    ['statements of a process with nothing to do', plain.idle, 'per second'],
  ];
  return [
    '| constant | value | |',
    '| --- | --- | --- |',
    ...rows.map(([name, value, unit]) => `| ${name} | ${small(value)} | ${unit} |`),
  ];
}

const small = (n: number): string => (Math.abs(n) < 1 ? n.toPrecision(2) : round(n));

const percent = (predicted: number, measured: number): string => {
  const error = (predicted / measured - 1) * 100;
  return `${error >= 0 ? '+' : ''}${error.toFixed(0)} %`;
};

const cpuOf = (one: Prediction | Loaded): number => one.nodeCpu + one.databaseCpu + one.followerCpu;

/** The processor time per job can be held against its prediction on a busy machine, too; the rate only while the cores are otherwise idle. */
export function triedTable(tried: readonly Tried[]): string[] {
  const rows = [
    '| processes | data | followers | jobs/s predicted | measured | error | us per job predicted | measured | error | limit | cores used | by other programs |',
    `|${' --- |'.repeat(12)}`,
  ];
  for (const { setting, predicted, measured } of tried) {
    if (!measured) continue;
    const used = (cpuOf(measured) * measured.rate) / 1_000_000;
    const cells = [
      setting.processes,
      `${setting.payloadBytes} B`,
      setting.followers,
      round(predicted.rate),
      round(measured.rate),
      percent(predicted.rate, measured.rate),
      round(cpuOf(predicted)),
      round(cpuOf(measured)),
      percent(cpuOf(predicted), cpuOf(measured)),
      predicted.limit,
      used.toFixed(2),
      measured.otherCores.toFixed(2),
    ];
    rows.push(`| ${cells.join(' | ')} |`);
  }
  return rows;
}
