// How much a site can carry: constants measured with one process, and the rate that follows from them for other settings. Pure.

/** One measured run. */
export interface Load {
  processes: number;
  /** Of the data of one job. */
  payloadBytes: number;
  /** WebSocket clients that follow every event. */
  followers: number;
  /** Jobs per second, until each has run and each follower has heard that it is completed. */
  rate: number;
  /** Processor time per job in microseconds: of all our processes, of the database, and of the followers' own process. */
  nodeCpu: number;
  databaseCpu: number;
  followerCpu: number;
  /** Processes beside them that only hear of the jobs, and their processor time per job. */
  listeners: number;
  listenerCpu: number;
}

export type Setting = Pick<Load, 'processes' | 'payloadBytes' | 'followers'> & {
  /** Cores that our processes, the database and the followers share. */
  cores: number;
};

/** Times are microseconds of one core. */
export interface Constants {
  payloadBytes: number;
  /** From one job to the next in one process, waiting included. */
  pace: number;
  /** Per job at `payloadBytes`. */
  node: number;
  database: number;
  /** Per byte of data beyond that. */
  nodePerByte: number;
  databasePerByte: number;
  pacePerByte: number;
  /** Per job and process that ran in another one and receives its events. */
  nodePerPeer: number;
  databasePerPeer: number;
  /** Per job and follower; a follower gets about three events for each job. */
  nodePerFollower: number;
  databasePerFollower: number;
  followerPerFollower: number;
  pacePerFollower: number;
  /** Two threads of one core get less than two cores' work done: how many cores one process keeps busy, and what all takes by comparison when all cores are. */
  coresOfOne: number;
  crowded: number;
}

export interface Prediction {
  /** Jobs per second. */
  rate: number;
  /** What holds it back: each process goes as fast as it can, or the cores are used up. */
  limit: 'process' | 'cores';
  nodeCpu: number;
  databaseCpu: number;
  followerCpu: number;
}

const MICRO = 1_000_000;

const cpuOf = (load: Load): number => load.nodeCpu + load.databaseCpu + load.followerCpu;

/** Runs with one working process. */
export interface Runs {
  plain: Load;
  /** With more data per job. */
  heavy: Load;
  followed: Load;
  /** With processes that only listen. */
  heard: Load;
  /** While processes of the lowest priority keep all cores busy. */
  crowded: Load;
}

export function constantsOf({ plain, heavy, followed, heard, crowded }: Runs): Constants {
  const perByte = (of: (load: Load) => number): number =>
    Math.max(0, (of(heavy) - of(plain)) / (heavy.payloadBytes - plain.payloadBytes));
  const perFollower = (of: (load: Load) => number): number =>
    Math.max(0, (of(followed) - of(plain)) / followed.followers);
  const pace = (load: Load): number => MICRO / load.rate;
  return {
    payloadBytes: plain.payloadBytes,
    pace: pace(plain),
    node: plain.nodeCpu,
    database: plain.databaseCpu,
    nodePerByte: perByte((load) => load.nodeCpu),
    databasePerByte: perByte((load) => load.databaseCpu),
    pacePerByte: perByte(pace),
    nodePerPeer: heard.listenerCpu / heard.listeners,
    databasePerPeer: Math.max(0, heard.databaseCpu - plain.databaseCpu) / heard.listeners,
    nodePerFollower: perFollower((load) => load.nodeCpu),
    databasePerFollower: perFollower((load) => load.databaseCpu),
    followerPerFollower: perFollower((load) => load.followerCpu),
    pacePerFollower: perFollower(pace),
    coresOfOne: (plain.rate * cpuOf(plain)) / MICRO,
    crowded: Math.max(1, cpuOf(crowded) / cpuOf(plain)),
  };
}

/** Every process works at the pace of one, and hears of the jobs of the others, until the cores are used up; the busier they are, the longer all takes. The followers are those of one process. */
export function predict(c: Constants, { processes, payloadBytes, followers, cores }: Setting): Prediction {
  const bytes = payloadBytes - c.payloadBytes;
  const peers = processes - 1;
  const node = c.node + peers * c.nodePerPeer + bytes * c.nodePerByte + followers * c.nodePerFollower;
  const database =
    c.database + peers * c.databasePerPeer + bytes * c.databasePerByte + followers * c.databasePerFollower;
  const follower = followers * c.followerPerFollower;
  const pace = c.pace + peers * c.nodePerPeer + bytes * c.pacePerByte + followers * c.pacePerFollower;
  const each = node + database + follower;
  const busy = Math.min(cores, ((processes * MICRO) / pace) * (each / MICRO));
  const share = cores > c.coresOfOne ? (busy - c.coresOfOne) / (cores - c.coresOfOne) : 1;
  const slower = 1 + (c.crowded - 1) * Math.min(1, Math.max(0, share));
  const free = (processes * MICRO) / (pace * slower);
  const full = (cores * MICRO) / (each * slower);
  return {
    rate: Math.min(free, full),
    limit: free <= full ? 'process' : 'cores',
    nodeCpu: node * slower,
    databaseCpu: database * slower,
    followerCpu: follower * slower,
  };
}
