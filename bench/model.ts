// How much a site can carry: constants measured with one process, and the rate that follows from them for other settings. Pure.

/** One measured run. */
export interface Load {
  processes: number;
  /** Of the data of one job. */
  payloadBytes: number;
  /** WebSocket clients that follow every event. */
  followers: number;
  /** Jobs per second, until each is settled and each follower has heard of it. */
  rate: number;
  /** Processor time per job in microseconds: of all our processes, of the database, and of the followers' own process. */
  nodeCpu: number;
  databaseCpu: number;
  followerCpu: number;
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
  /** Per job and follower; a follower hears of each job some three times. */
  nodePerFollower: number;
  databasePerFollower: number;
  followerPerFollower: number;
  pacePerFollower: number;
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

/** From three runs with one process: the plain one, one with more data per job, and one with followers. */
export function constantsOf(plain: Load, heavy: Load, followed: Load): Constants {
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
    nodePerFollower: perFollower((load) => load.nodeCpu),
    databasePerFollower: perFollower((load) => load.databaseCpu),
    followerPerFollower: perFollower((load) => load.followerCpu),
    pacePerFollower: perFollower(pace),
  };
}

/** Every process works at the pace of one until the cores are used up. The followers are those of one process. */
export function predict(c: Constants, { processes, payloadBytes, followers, cores }: Setting): Prediction {
  const bytes = payloadBytes - c.payloadBytes;
  const nodeCpu = c.node + bytes * c.nodePerByte + followers * c.nodePerFollower;
  const databaseCpu = c.database + bytes * c.databasePerByte + followers * c.databasePerFollower;
  const followerCpu = followers * c.followerPerFollower;
  const free = processes * (MICRO / (c.pace + bytes * c.pacePerByte + followers * c.pacePerFollower));
  const full = (cores * MICRO) / (nodeCpu + databaseCpu + followerCpu);
  return {
    rate: Math.min(free, full),
    limit: free <= full ? 'process' : 'cores',
    nodeCpu,
    databaseCpu,
    followerCpu,
  };
}
