// Jobs that are added and run all the time while something happens to the database, and what became of them.
import { JobsError } from '@phraseworks/sdk';
import { expect } from 'vitest';
import { askDirectly, type Site } from './site.ts';

/** Milliseconds between two jobs. */
const PACE = 20;

export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Load {
  readonly acknowledged: string[] = [];
  /** The codes of those that were refused, or the errors where they are not ours. */
  readonly refused: unknown[] = [];
  readonly messages = new Set<string>();
  readonly #site: Site;
  #running = true;
  readonly #over: Promise<void>;

  constructor(site: Site) {
    this.#site = site;
    this.#over = this.#run();
  }

  async #run(): Promise<void> {
    while (this.#running) {
      try {
        this.acknowledged.push((await this.#site.jobs.addJob({ type: 'quick', data: {} })).id);
      } catch (error) {
        this.refused.push(error instanceof JobsError ? error.code : error);
        if (error instanceof Error) this.messages.add(error.message);
      }
      await pass(PACE);
    }
  }

  /** Resolves when so many more have been acknowledged. */
  async more(n: number, timeout = 30_000): Promise<void> {
    const goal = this.acknowledged.length + n;
    await expect.poll(() => this.acknowledged.length, { timeout, interval: 20 }).toBeGreaterThanOrEqual(goal);
  }

  /** The cause is gone: jobs are taken and run again, and all that was acknowledged is there and ran once. */
  async heals(port: number): Promise<void> {
    await this.more(5);
    this.#running = false;
    await this.#over;
    const ask = await askDirectly(port);
    const left = async () => (await ask("select count(*) as n from pwj_jobs where state != 'completed'"))[0]?.n;
    await expect.poll(left, { timeout: 30_000, interval: 100 }).toBe(0);
    const rows = await ask('select id, attempt from pwj_jobs');
    const attempts = new Map(rows.map((row) => [row.id as string, row.attempt as number]));
    expect(this.acknowledged.filter((id) => !attempts.has(id))).toEqual([]);
    expect(Math.max(...attempts.values())).toBe(1);
  }
}

/** With a processor for the jobs of the load. */
export function loadOn(site: Site): Load {
  site.jobs.registerProcessor('quick', async () => ({ success: true }));
  return new Load(site);
}
