// How full the disks are: measured every hour, so that reports can compare, and again for each report.
import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Logger, PluginClock } from '@phraseworks/sdk';
import { addDays, type Zone } from '@phraseworks/sdk/zone';
import type { Database, DiskRow } from '../tables.ts';

/** Milliseconds between measurements. */
const EVERY = 3_600_000;
/** Days. */
const KEPT = 400;
const LONGEST = 190;

export interface Disk {
  path: string;
  /** Bytes. */
  used: number;
  total: number;
  /** Bytes in use at the end of the period before; null if that was not measured. */
  before: number | null;
}

const placeOf = (path: string): string => `${hostname()}:${path}`.slice(0, LONGEST);

async function look(path: string): Promise<Omit<DiskRow, 'day'> | null> {
  try {
    const { bsize, blocks, bavail, bfree } = await statfs(path);
    const used = (blocks - bfree) * bsize;
    // Blocks reserved for the superuser are not available to the site.
    return { place: placeOf(path), used, total: used + bavail * bsize };
  } catch {
    return null;
  }
}

interface DisksParts {
  db: Database;
  paths: readonly string[];
  zone: Zone;
  clock: PluginClock;
  log: Logger;
}

export function createDisks({ db, paths, zone, clock, log }: DisksParts) {
  async function sample(): Promise<void> {
    const day = zone.dayOf(clock.now());
    for (const path of paths) {
      const seen = await look(path);
      if (!seen) continue;
      await db
        .insertInto('pwj_report_disks')
        .values({ day, ...seen })
        .onConflict((conflict) =>
          conflict.columns(['day', 'place']).doUpdateSet({ used: seen.used, total: seen.total }),
        )
        .execute();
    }
    await db.deleteFrom('pwj_report_disks').where('day', '<', addDays(day, -KEPT)).execute();
  }

  return {
    /** Measures now and then every hour. */
    async watch(): Promise<void> {
      await sample().catch((error: Error) => log.warn(`how full the disks are cannot be stored now: ${error.message}`));
      clock.after(EVERY, () => void this.watch());
    },
    /** `days`: of the period before. */
    async now(days: readonly string[]): Promise<Disk[]> {
      const disks: Disk[] = [];
      for (const path of paths) {
        const seen = await look(path);
        if (!seen) continue;
        const then = await db
          .selectFrom('pwj_report_disks')
          .select('used')
          .where('place', '=', seen.place)
          .where('day', 'in', [...days])
          .orderBy('day', 'desc')
          .executeTakeFirst();
        disks.push({ path, used: seen.used, total: seen.total, before: then?.used ?? null });
      }
      return disks;
    },
  };
}

export type Disks = ReturnType<typeof createDisks>;
