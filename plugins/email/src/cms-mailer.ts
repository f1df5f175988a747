// The transport `cms`: sends through the site's own mailer, from the filter `get_mailer`.
import type { HooksApi } from '@phraseworks/sdk';
import type { Connection } from './connection.ts';
import { type Letter, mailOf } from './letter.ts';
import { cleanResponse, type Outcome, readFailure } from './outcome.ts';

/** A nodemailer transport, or an object with one of these functions that takes the same mail. */
export interface CmsMailer {
  sendMail?(mail: CmsMail): unknown;
  send?(mail: CmsMail): unknown;
}

/** nodemailer's fields. `to` is one bare address, the only recipient. */
export type CmsMail = Omit<ReturnType<typeof mailOf>, 'to' | 'cc' | 'from'> & {
  /** `email` repeats `address`. */
  from: { name: string; address: string; email: string };
  to: string;
};

declare module '@phraseworks/sdk' {
  interface Filters {
    /** The site's own mailer, for `transport: 'cms'`; applied for each mail. Null: the site has none. */
    get_mailer: [CmsMailer | null, { plugin: string }];
  }
}

const NO_MAILER = 'no listener of the filter get_mailer returned an object with sendMail or send';
const STOPPED = "outcome unknown: stopped while the site's mailer was sending, so it may arrive twice";

function cmsMail(letter: Letter): CmsMail {
  // These mailers send to everyone in `to` and ignore the envelope, so `to` must name this recipient only.
  const { cc: _cc, ...mail } = mailOf({ ...letter, to: [letter.recipient], cc: [] });
  return { ...mail, from: { ...mail.from, email: mail.from.address }, to: letter.recipient };
}

function readAnswer(answer: unknown): Outcome {
  const { response, rejected } = (answer ?? {}) as { response?: unknown; rejected?: unknown };
  const words = typeof response === 'string' ? cleanResponse(response) : "taken by the site's mailer";
  if (Array.isArray(rejected) && rejected.length > 0) return { state: 'refused', response: words };
  return { state: 'accepted', response: words };
}

/** Its error may contain anything, so only SMTP replies are repeated. */
function readError(error: unknown): Outcome {
  const known = readFailure(error, false);
  if (known) return known;
  const status = (error as { status?: unknown; statusCode?: unknown } | null) ?? {};
  const code = Number(status.status ?? status.statusCode ?? Number.NaN);
  const final = code >= 400 && code < 500 && code !== 401 && code !== 403 && code !== 408 && code !== 429;
  const response = `the site's mailer failed${Number.isNaN(code) ? '' : ` (${code})`}`;
  return final ? { state: 'refused', response } : { state: 'deferred', response, stop: 'UNREACHABLE' };
}

/** Resolves with `stopped` if the signal fires first. */
function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'stopped'> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve('stopped');
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

export function cmsConnection(applyFilters: HooksApi['applyFilters']): Connection {
  return {
    async send(letter, signal) {
      const mailer: CmsMailer | null = await applyFilters('get_mailer', null, { plugin: 'email' });
      const name = typeof mailer?.sendMail === 'function' ? 'sendMail' : 'send';
      if (!mailer || typeof mailer[name] !== 'function') {
        return { state: 'queued', response: NO_MAILER, stop: 'UNREACHABLE' };
      }
      try {
        const answer = await orStopped(Promise.resolve(mailer[name]?.(cmsMail(letter))), signal);
        return answer === 'stopped'
          ? { state: 'deferred', response: STOPPED, stop: 'UNREACHABLE' }
          : readAnswer(answer);
      } catch (error) {
        return readError(error);
      }
    },
    close: () => {},
  };
}
