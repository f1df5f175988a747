// The start screen: what is running, where, and the first jobs. Plain lines, coloured on a terminal, or with a log of JSON one object a line.
import type { Info, PluginStatus, ScheduleInfo } from '@phraseworks/jobs';
import { createLogger, oneLine } from '@phraseworks/jobs/internals/base';
import type { Job, Logger } from '@phraseworks/sdk';
import { tookOf } from './job-lines.ts';
import type { Output, Style } from './output.ts';

export interface ScreenFacts {
  version: string;
  node: string;
  info: Info;
  plugins: readonly Pick<PluginStatus, 'name' | 'state' | 'types' | 'reason' | 'routes'>[];
  schedules: readonly ScheduleInfo[];
  url: string;
  /** The name of the configuration file; undefined if there is no file. */
  configFile: string | undefined;
  /** Signs in once; undefined if the host has users of its own, null if the output is no terminal and may be kept. */
  link: string | null | undefined;
  port: { wanted: number; got: number };
  /** Of each process. */
  slots: number;
  /** Worker processes besides this one. */
  workers: number;
}

export class Screen {
  readonly #out: Output;
  /** Instead of plain lines. */
  readonly #log: Logger | undefined;

  constructor(out: Output, format?: string) {
    this.#out = out;
    if (format === 'json') this.#log = createLogger('info', (line) => out.plain(line), { format });
  }

  say(line: string): void {
    if (this.#log) this.#log.info(line.trim().replace(/\s+/g, ' '));
    else this.#out.line(line);
  }

  started(facts: ScreenFacts): void {
    const { info, plugins, schedules, port } = facts;
    if (this.#log) {
      const states = Object.fromEntries(plugins.map(({ name, state }) => [name, state]));
      const { version, node, url, slots, workers } = facts;
      const { engine, location, roles } = info;
      const fields = { version, node, url, engine, location, roles, slots, workers, plugins: states };
      this.#log.info(fields, 'PhraseWorks Jobs has started');
      return;
    }
    this.say('');
    this.say(
      ` ${this.#out.style('bold', `PhraseWorks Jobs ${facts.version}`)}   Node ${facts.node}   ${info.engine} ${info.location}`,
    );
    this.say('');
    this.#row('ok', 'database', `${info.engine} ${info.version}, durability ${info.durability}`);
    for (const plugin of plugins) {
      const mark = plugin.state === 'on' ? 'ok' : plugin.state === 'failed' ? 'failed' : plugin.state;
      const detail = plugin.state === 'on' ? plugin.types.join(', ') : (plugin.reason ?? '');
      this.#row(mark, plugin.name, detail);
    }
    const here = info.roles.includes('worker');
    if (facts.workers > 0) {
      const processes = `${facts.workers} ${facts.workers === 1 ? 'process' : 'processes'}`;
      this.#row('ok', 'worker', `${processes}, ${facts.slots} slots each`);
    } else if (here) this.#row('ok', 'worker', `this process, ${facts.slots} slots`);
    else this.#row('off', 'worker', 'this process only adds jobs (roles)');
    const next = schedules
      .filter((schedule) => schedule.nextRun !== null)
      .sort((a, b) => ((a.nextRun ?? '') < (b.nextRun ?? '') ? -1 : 1))[0];
    this.#row('ok', 'schedules', next ? `${schedules.length}, next: ${next.name} at ${next.nextRun}` : 'none');
    if (port.got !== port.wanted) this.#row('note', 'port', `${port.wanted} is taken: this is ${port.got}`);
    this.say('');
    const hasReference = plugins.some(({ routes }) => routes.includes('GET /api/docs'));
    const api = `${facts.url}/api/${hasReference ? 'docs' : 'openapi.json'}`;
    const config = facts.configFile ?? 'none';
    this.say(` Page  ${this.#out.style('cyan', facts.url)}     API  ${api}     Config  ${config}     Stop  Ctrl+C`);
    if (facts.link === null) this.say(' Link  npx phraseworks-jobs link prints one that signs you in');
    else if (facts.link !== undefined) {
      this.say(` Link  ${this.#out.style('cyan', facts.link)}`);
      this.say('       signs you in once, within an hour; npx phraseworks-jobs link prints another');
    }
    this.say('');
  }

  /** One line for a job that has finished or will be retried. */
  job(job: Job, what: string): void {
    const state = job.status === 'pending' ? `retry ${job.attempt + 1} of ${job.maxRetries + 1}` : job.status;
    const style: Style = job.status === 'completed' ? 'green' : job.status === 'failed' ? 'red' : 'yellow';
    this.say(
      `  ${job.type.padEnd(14)} ${oneLine(what).padEnd(44)} ${this.#out.style(style, state.padEnd(12))} ${tookOf(job).padEnd(8)} ${outcome(job)}`,
    );
  }

  #row(mark: string, name: string, text: string): void {
    const style: Style = mark === 'ok' ? 'green' : mark === 'failed' ? 'red' : 'yellow';
    this.say(`  ${this.#out.style(style, mark.padEnd(8))} ${name.padEnd(12)} ${oneLine(text)}`.trimEnd());
  }
}

const outcome = (job: Job): string =>
  oneLine(job.status === 'completed' ? (job.message ?? '') : (job.error ?? job.reason ?? ''));
