// Signals for jobs that wait: who sends one, what they are told if it does not fit, and the link that sends it.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { formatDuration, JobsError, type Schema } from '@phraseworks/sdk';
import { errorText, parseNow } from '@phraseworks/sdk/host';
import type { Node } from '@phraseworks/sdk/secrets';
import { z } from 'zod';
import { FOR_SIGNAL, FOR_TIME } from '../../job/lifecycle.ts';
import type { JobRecord } from '../../job/record.ts';
import { Clock } from '../../kernel/clock.ts';
import { Settings } from '../../kernel/config.ts';
import type { Built } from '../../kernel/container.ts';
import { notFound } from '../../kernel/errors.ts';
import { isId } from '../../kernel/id.ts';
import { encodeJson } from '../../kernel/json.ts';
import { type StepAt, StepStore } from '../../store/step-store.ts';
import { keyErrors } from '../once.ts';

const LIMITS = { bytes: 64 * 1_024, depth: 20 };

export class Signals {
  static readonly needs = { store: StepStore, settings: Settings, clock: Clock };
  readonly #needs;
  #secret: Promise<string> | undefined;

  constructor(needs: Built<typeof Signals.needs>) {
    this.#needs = needs;
  }

  /** Throws `JOB_NOT_FOUND`, `INVALID_STATE`, `INVALID_DATA`. */
  async send(id: string, key: string, data: unknown = true, by: string | null = null): Promise<void> {
    const { store, clock } = this.#needs;
    if (!isId(id)) throw notFound();
    const encoded = encodeJson(data, 'data', LIMITS);
    const errors = keyErrors(key);
    if (!encoded.ok) errors.push(encoded.error);
    else if (data === null) errors.push({ path: 'data', message: 'must not be null, which is the end of the time' });
    if (errors.length > 0) throw misfit(errors);
    const text = encoded.ok ? encoded.text : '';
    const check = (schema: Node | null) => refuseMisfit(schema, JSON.parse(text));
    await store.send({ id, key, data: text, at: clock.now(), by, check });
  }

  /** Throws `INVALID_CONFIG`. */
  async linkFor(id: string, key: string): Promise<string> {
    const { publicUrl } = this.#needs.settings;
    if (publicUrl === undefined)
      throw new JobsError('INVALID_CONFIG', 'linkFor() needs the setting publicUrl: where people reach the routes.');
    return `${publicUrl}/signals/${id}/${await this.#code(id, key)}?key=${encodeURIComponent(key)}`;
  }

  /** What the link is for. Throws `NOT_FOUND` for one that was not made here. */
  async atLink(id: string, key: string, code: string): Promise<StepAt> {
    const [given, right] = [Buffer.from(code), Buffer.from(isId(id) ? await this.#code(id, key) : '')];
    const found = given.length === right.length && timingSafeEqual(given, right);
    const step = found ? await this.#needs.store.at(id, key) : undefined;
    if (step) return step;
    throw new JobsError(
      'NOT_FOUND',
      'There is nothing at this link: it was cut or changed, or its job has been deleted.',
    );
  }

  async #code(id: string, key: string): Promise<string> {
    this.#secret ??= this.#needs.store.linkSecret(() => randomBytes(32).toString('base64url'));
    this.#secret.catch(() => {
      this.#secret = undefined;
    });
    return createHmac('sha256', await this.#secret)
      .update(`${id} ${key}`)
      .digest('base64url');
  }

  /** What a job waits for at a step, in a sentence; null if it does not. */
  async why({ id, state, reason }: JobRecord): Promise<string | null> {
    if (state !== (reason === FOR_SIGNAL ? 'blocked' : reason === FOR_TIME ? 'scheduled' : null)) return null;
    const { store, clock } = this.#needs;
    const now = clock.now();
    const parts = (await store.waiting(id)).map(({ key, state: how, at, until }) => {
      const left = until === null ? null : formatDuration(Math.max(until - now, 0));
      if (how === 'asleep') return `it sleeps at the step "${key}" for another ${left}`;
      const since = `for ${formatDuration(now - at)}`;
      return `it has waited ${since} for the signal "${key}"${left === null ? '' : `, and goes on without it in ${left}`}`;
    });
    if (parts.length === 0) return null;
    return `${state === 'blocked' ? 'Blocked' : 'Scheduled'}: ${parts.join('; ')}.`;
  }
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
