// Checks every minute and after failures, and sends alerts, reminders and all-clears, each once.
import type { HooksApi, JobsApi, Logger, PluginClock } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { maskText } from '@phraseworks/sdk/secrets';
import { type Decision, decide, type Finding, type Kind } from './cause.ts';
import { type AlertsConfig, ms } from './config.ts';
import { type createFindings, typeOf } from './findings.ts';
import { type Message, messageOf } from './message.ts';
import type { Notifier } from './notifier.ts';
import type { Letter, Store } from './store.ts';
import type { CauseRow } from './tables.ts';

const EVERY = 60_000;
/** Waits after the first failure, so that many become one message. */
const SOON = 5_000;
/** A database that takes longer counts as unavailable. */
const PATIENCE = 10_000;
/** Without a database one process sends; the others follow after this time, in case that process has ended. */
const OTHERS = 300_000;
/** A message that is not sent after this time was left by a process that has ended. */
const LEFT = 60_000;
const STORAGE = 'storage/database';

export interface AlertFact {
  rule: string;
  subject: string;
  kind: Kind;
  message: Message;
}

declare module '@phraseworks/sdk' {
  interface Actions {
    /** An alert was raised, or repeated because it lasts; in the process that sent it. */
    'alert:raised': AlertFact;
    'alert:cleared': AlertFact;
  }
}

interface WatcherParts {
  /** Of this process. */
  id: string;
  config: AlertsConfig;
  store: Store;
  findings: ReturnType<typeof createFindings>;
  notifier: Notifier;
  clock: PluginClock;
  log: Logger;
  getQueueMetrics: JobsApi['getQueueMetrics'];
  doAction: HooksApi['doAction'];
}

export class Watcher {
  readonly #parts: WatcherParts;
  readonly #heard = new Set<string>();
  #cancel = () => {};
  #soon = false;
  #looking: Promise<void> = Promise.resolve();
  /** Messages on their way. */
  readonly #sending = new Set<Promise<void>>();
  #stopped = false;
  /** This process is the one that sends while there is no database. */
  #first = false;
  #refusedSince: number | null = null;
  #refusal = '';
  #toldRefusal: number | null = null;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#next(SOON);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#looking;
    await Promise.all(this.#sending);
    await this.#parts.store.signOff(this.#parts.id).catch(() => {});
  }

  /** A job of this type has failed for good. */
  hear(type: string): void {
    this.#heard.add(type);
    if (this.#soon) return;
    this.#soon = true;
    this.#next(SOON);
  }

  #next(wait: number): void {
    if (this.#stopped) return;
    this.#cancel();
    this.#cancel = this.#parts.clock.after(wait, () => {
      this.#soon = false;
      this.#looking = this.look().finally(() => {
        if (!this.#soon) this.#next(EVERY);
      });
    });
  }

  /** Runs one check; never throws. */
  async look(): Promise<void> {
    const { store, id, log } = this.#parts;
    try {
      const watchers = await this.#inTime(store.signOn(id));
      this.#first = watchers[0] === id;
      await Promise.all(this.#sending);
      await this.#accepted();
      await this.#compare();
    } catch (error) {
      if (this.#stopped) return;
      this.#refused(error);
      log.debug('alerts: a check ended early:', error instanceof Error ? error.message : String(error));
    }
  }

  async #compare(): Promise<void> {
    const { store, findings, clock, config, getQueueMetrics } = this.#parts;
    const heard = new Set(this.#heard);
    const [site, causes, metrics] = await Promise.all([store.site(), store.causes(), getQueueMetrics()]);
    const now = clock.now();
    const isLeft = (row: CauseRow): boolean => now - (row.told_at ?? 0) > LEFT;
    for (const row of causes.values()) if (row.outbox !== null && isLeft(row)) await this.#handOver(row);
    const look = { now, causes, metrics, since: site.since };
    const { found, runs } = await findings.all(look, heard, JSON.parse(site.runs) as Record<string, number>);
    for (const type of heard) this.#heard.delete(type);
    let isAgain = false;
    for (const finding of found) {
      const row = [...causes.values()].find((one) => one.rule === finding.rule && one.subject === finding.subject);
      if (row && row.outbox !== null && !isLeft(row)) {
        // Another process sends its last message. The next look finds the same again.
        if (finding.rule === 'failed') this.#heard.add(typeOf(finding.subject));
        isAgain = true;
      } else await this.#settle(row, finding, now, ms(config.remind));
    }
    if (isAgain) return;
    // Last: if the process dies before, the next look finds what it has not raised.
    const text = JSON.stringify(runs);
    if (text !== site.runs) await store.saveRuns(text);
  }

  async #settle(row: CauseRow | undefined, finding: Finding, now: number, remind: number): Promise<void> {
    if (!row && !finding.bad && finding.goodAt === undefined) return;
    const decision = decide(row, finding, now, remind);
    if (decision) await this.#carryOut(row, decision);
  }

  async #carryOut(before: CauseRow | undefined, { row, kind }: Decision): Promise<void> {
    const { store, notifier, clock, log, config, doAction } = this.#parts;
    if (kind === null) {
      await store.move(before, row, [], '');
      return;
    }
    const { site, link } = config;
    const message = messageOf(row, kind, { site, link, iso: (at) => clock.iso(at), now: clock.now() });
    const letters = notifier.letters(message);
    if (!(await store.move(before, row, letters, kind))) return;
    const words = `${message.subject}: ${message.text.replaceAll('\n', ' ')}`;
    if (kind === 'cleared') log.info(words);
    else log.warn(words);
    const fact = { rule: row.rule, subject: row.subject, kind, message };
    const sending: Promise<void> = this.#send(row, message, letters).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
    await doAction(kind === 'cleared' ? 'alert:cleared' : 'alert:raised', fact);
  }

  /** Without the queue, on which it may report; what cannot be sent so becomes jobs. Never throws: what fails stays in the row. */
  async #send(row: CauseRow, message: Message, letters: readonly Letter[]): Promise<void> {
    const { store, notifier, log } = this.#parts;
    try {
      const left = await notifier.atOnce(message, letters);
      await store.keep(row, left, message.kind);
      const sent = letters.filter((letter) => !left.includes(letter));
      await store.noteSent(sent, message, row.id, message.kind);
      if (left.length > 0) await this.#handOver(row, { message, left });
    } catch (error) {
      log.debug('alerts: a message waits:', error instanceof Error ? error.message : String(error));
    }
  }

  /** Bypasses a full queue, if this process has the message. Other failures are retried at a later check. */
  async #handOver(row: CauseRow, own?: { message: Message; left: readonly Letter[] }): Promise<void> {
    const { store, notifier, log } = this.#parts;
    try {
      await store.handOver(row);
    } catch (error) {
      if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
      if (error.code === 'QUEUE_FULL' && !own) return;
      log.error(`the jobs of an alert cannot be added: ${error.message}`);
      await store.keep(row, []);
      if (own) notifier.direct(own.message, own.left);
    }
  }

  #refused(error: unknown): void {
    const { clock, config, notifier, log } = this.#parts;
    const now = clock.now();
    this.#refusedSince ??= now;
    this.#refusal = maskText(error instanceof Error ? error.message : String(error));
    const wait = ms(config.storage.after) + (this.#first ? 0 : OTHERS);
    const again = this.#toldRefusal !== null && now - this.#toldRefusal >= ms(config.remind);
    if (now - this.#refusedSince < wait || (this.#toldRefusal !== null && !again)) return;
    const kind = this.#toldRefusal === null ? 'raised' : 'reminder';
    this.#toldRefusal = now;
    const message = this.#storageMessage(kind, now);
    log.error(`${message.subject}: ${message.text.replaceAll('\n', ' ')}`);
    notifier.direct(message, notifier.letters(message));
  }

  #storageRow(now: number): CauseRow {
    const since = this.#refusedSince ?? now;
    const what = 'The database refuses writes: jobs can be neither added nor finished.';
    const detail = JSON.stringify({ what, error: this.#refusal });
    return {
      ...{ id: STORAGE, rule: 'storage', subject: 'database', open: 0, version: 1, since, seen: now, count: 1, detail },
      ...{ messages: 1, told_at: now, burst: 0, burst_at: 0, good_at: null, outbox: null },
    };
  }

  #storageMessage(kind: Kind, now: number): Message {
    const { clock, config } = this.#parts;
    const { site, link } = config;
    return messageOf(this.#storageRow(now), kind, { site, link, iso: (at) => clock.iso(at), now });
  }

  /** Something could be stored. What was sent without the database is noted, and the all-clear goes the usual way. */
  async #accepted(): Promise<void> {
    const { store, clock } = this.#parts;
    if (this.#refusedSince === null) return;
    if (this.#toldRefusal !== null) {
      const now = clock.now();
      const before = (await store.causes()).get(STORAGE);
      // Another process has noted the same time without a database.
      if (!before || before.seen < this.#refusedSince) {
        const row = { ...this.#storageRow(now), version: (before?.version ?? 0) + 1 };
        await this.#carryOut(before, { row, kind: 'cleared' });
      }
    }
    this.#refusedSince = null;
    this.#toldRefusal = null;
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#parts.clock.after(PATIENCE, () =>
        reject(new Error(`the database has not answered for ${PATIENCE / 1_000} s`)),
      );
      work.then(resolve, reject).finally(cancel);
    });
  }
}
