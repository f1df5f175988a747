// From a database URL to an open dialect, as the tables are: no folder is made and nothing is brought up to date.
import { breath, type Clock, pause, type Random } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Dialect } from './dialect.ts';
import { openMysql } from './mysql/engine.ts';
import { isMysqlUrl } from './mysql/url.ts';
import { checkUrl } from './open.ts';
import { openSqlite } from './sqlite/engine.ts';

/** Pauses while another process writes, in milliseconds. */
const SHORTEST = 5;
const SPREAD = 20;

interface ConnectAround {
  /** A real one: a database takes its time. */
  clock: Clock;
  random: Random;
  log?: Logger;
}

/** Throws `INVALID_CONFIG` with what to do, `UNAVAILABLE` while no server answers. */
export async function connect(url: string, { clock, random, log }: ConnectAround): Promise<Dialect> {
  checkUrl(url);
  return isMysqlUrl(url)
    ? openMysql(url, { clock, random, log })
    : openSqlite((url as string).slice('sqlite:'.length), {
        now: () => clock.now(),
        rest: () => pause(clock, SHORTEST + random.fraction() * SPREAD),
        turn: () => breath(clock),
      });
}
