// Signals for jobs that wait: who sends one, the answer if it does not fit, and the link that sends it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { formatDuration, JobsError, type Schema, type SignalLink, type SignalLinks } from '@phraseworks/sdk';
import { errorText, parseNow } from '@phraseworks/sdk/host';
import type { Node } from '@phraseworks/sdk/secrets';
import { z } from 'zod';
import { FOR_SIGNAL, FOR_TIME, isFinal, publicState } from '../../job/lifecycle.ts';
import type { JobRecord } from '../../job/record.ts';
import { Clock, msOf } from '../../kernel/clock.ts';
import { Settings } from '../../kernel/config.ts';
import { Needing } from '../../kernel/container.ts';
import { notFound } from '../../kernel/errors.ts';
import { isId } from '../../kernel/id.ts';
import { encodeJson } from '../../kernel/json.ts';
import { JobReads } from '../../store/job-reads.ts';
import { linkClosed, ofEarlierRun, ReceiptStore, type SentSignal, type StepAt } from '../../store/receipt-store.ts';
import { keyErrors } from '../once.ts';

const LIMITS = { bytes: 64 * 1_024, depth: 20 };

export class Signals extends Needing<typeof Signals.needs> implements SignalLinks {
  static readonly needs = { store: ReceiptStore, reads: JobReads, settings: Settings, clock: Clock };

  /** Throws `JOB_NOT_FOUND`, `INVALID_STATE`, `INVALID_DATA`. */
  async send(id: string, key: string, data: unknown = true, by: string | null = null, trx?: unknown): Promise<void> {
    await this.#send({ id, key, by }, data, trx);
  }

  async #send(to: Pick<SentSignal, 'id' | 'key' | 'by' | 'link'>, data: unknown, trx?: unknown): Promise<void> {
    const { id, key } = to;
    if (!isId(id)) throw notFound();
    const encoded = encodeJson(data, 'data', LIMITS);
    const errors = keyErrors(key);
    if (!encoded.ok) errors.push(encoded.error);
    else if (data === null) errors.push({ path: 'data', message: 'must not be null, which is the end of the time' });
    if (errors.length > 0) throw misfit(errors);
    const text = encoded.ok ? encoded.text : '';
    const check = (schema: Node | null) => refuseMisfit(schema, JSON.parse(text));
    await this.needs.store.send({ ...to, data: text, check }, trx);
  }

  /** Throws `INVALID_CONFIG`. */
  async linkFor(id: string, key: string): Promise<string> {
    const { publicUrl } = this.needs.settings;
    if (publicUrl === undefined)
      throw new JobsError('INVALID_CONFIG', 'linkFor() needs the setting publicUrl: where people reach the routes.');
    const code = await this.#code(id, key, `${await this.needs.store.startOf(id)}`);
    return `${publicUrl}/signals/${id}/${code}?key=${encodeURIComponent(key)}`;
  }

  async open(id: string, key: string, code: string): Promise<SignalLink> {
    const { store } = this.needs;
    const [start = ''] = code.split('.', 1);
    const [given, right] = [Buffer.from(code), Buffer.from(isId(id) ? await this.#code(id, key, start) : '')];
    const isOurs = given.length === right.length && timingSafeEqual(given, right);
    const step = isOurs ? await store.at(id, key) : undefined;
    if (!step)
      throw new JobsError('NOT_FOUND', 'Nothing is at this link: it was cut or changed, or its job has been deleted.');
    const link = Number(start);
    if ((await store.startOf(id)) !== link) throw ofEarlierRun();
    const { state, schema } = step;
    if (state === 'sent') throw linkClosed('The answer was sent already. A link can be used once.');
    if (state === 'over') throw linkClosed('It is too late: the time for an answer is over.');
    return { closed: closedBy(step), schema, send: (data) => this.#send({ id, key, by: 'a link', link }, data) };
  }

  /** Names the start that the link belongs to, which it signs. */
  async #code(id: string, key: string, start: string): Promise<string> {
    const hmac = createHmac('sha256', await this.needs.store.linkSecret());
    return `${start}.${hmac.update(`${id} ${start} ${key}`).digest('base64url')}`;
  }

  /** What a job waits for at a step, in a sentence; null if it does not. */
  async why({ id, state, reason }: JobRecord): Promise<string | null> {
    if (state !== (reason === FOR_SIGNAL ? 'blocked' : reason === FOR_TIME ? 'scheduled' : null)) return null;
    const { reads, clock } = this.needs;
    const now = clock.now();
    const ago = (at: string) => formatDuration(Math.abs(msOf(at) - now));
    const parts = (await reads.receipts(id)).flatMap(({ key, state: how, at, until = null }) => {
      if (how === 'asleep' && until !== null) return [`it sleeps at the step "${key}" for another ${ago(until)}`];
      if (how !== 'waiting') return [];
      const end = until === null ? '' : `, and goes on without it in ${ago(until)}`;
      return [`it has waited for ${ago(at)} for the signal "${key}"${end}`];
    });
    return parts.length === 0 ? null : `${state === 'blocked' ? 'Blocked' : 'Scheduled'}: ${parts.join('; ')}.`;
  }
}

/** Why a link is of no use now. */
function closedBy({ state, jobState }: StepAt): string | null {
  if (isFinal(publicState(jobState))) return `It is too late: the job is ${jobState}.`;
  return state === 'waiting' ? null : 'The job does not wait for this answer yet. Try again later.';
}

function misfit(errors: readonly { path: string; message: string }[]): JobsError {
  return new JobsError('INVALID_DATA', `The signal was refused: ${errors.map(errorText).join('; ')}`, { errors });
}

/** Throws `INVALID_DATA`. Passes what the schema says that JSON Schema cannot: the wait itself checks it. */
function refuseMisfit(schema: Node | null, data: unknown): void {
  let known: Schema;
  try {
    known = z.fromJSONSchema((schema ?? {}) as never) as unknown as Schema;
  } catch {
    return;
  }
  const parsed = parseNow(known, data, 'data');
  if (!(parsed instanceof Promise) && !parsed.ok) throw misfit(parsed.errors);
}
