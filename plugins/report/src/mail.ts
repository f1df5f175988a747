// Sending a report through the e-mail plugin: one mail per recipient, and never twice.
import type { Logger, RunningJob } from '@phraseworks/sdk';
import { token, Veto } from '@phraseworks/sdk';

export interface Attached {
  filename: string;
  content: Uint8Array;
  contentType: string;
  /** For `<img src="cid:...">`. */
  cid?: string;
}

export interface Letter {
  subject: string;
  html: string;
  text: string;
  attachments: Attached[];
  /** The same without pictures, for mailers that take no attachments. */
  plainHtml: string;
}

interface Refused {
  to: string;
  response: string;
}

/** The part of the e-mail plugin's service that is used here. */
export interface Mailer {
  send(
    message: { to: string; subject: string; html: string; text: string; attachments?: Attached[] },
    options: { id: string; signal: AbortSignal; log: Logger },
  ): Promise<{ accepted: string[]; refused: Refused[]; deferred: Refused[]; suppressed?: Refused[] }>;
}

export const Mailer = token<Mailer>('email/mailer');

export interface Outcome {
  accepted: string[];
  refused: { to: string; reason: string }[];
  /** Recipients to try again, and the server's last error. */
  open: { to: string; reason: string; retryable: boolean; retryDelay: number | undefined }[];
}

interface MailError extends Error {
  code?: string;
  retryable?: boolean;
  retryDelay?: number;
}

/** The permanent receipt of a recipient. */
interface Receipt {
  accepted: boolean;
  reason: string;
}

/** Permanent errors that concern a single recipient. */
const FINAL: ReadonlySet<string | undefined> = new Set(['REFUSED', 'SUPPRESSED', 'INVALID_EMAIL']);

async function sendOne(mailer: Mailer, to: string, letter: Letter, id: string, job: RunningJob): Promise<Receipt> {
  const { subject, html, text, attachments, plainHtml } = letter;
  const options = { id, signal: job.signal, log: job.log };
  try {
    const result = await mailer
      .send({ to, subject, html, text, ...(attachments.length > 0 ? { attachments } : {}) }, options)
      .catch((error: MailError) => {
        if (error.code !== 'INVALID_MESSAGE' || attachments.length === 0) throw error;
        job.log.warn('the mailer does not accept attachments: the report is sent without them');
        return mailer.send({ to, subject, html: plainHtml, text }, options);
      });
    if (result.accepted.length > 0) return { accepted: true, reason: '' };
    const why = [...result.refused, ...(result.suppressed ?? []), ...result.deferred][0];
    return { accepted: false, reason: why?.response ?? 'not accepted' };
  } catch (error) {
    // A permanent refusal is a receipt, too; anything else may succeed next time.
    const { code, message } = error as MailError;
    if (FINAL.has(code) || error instanceof Veto) return { accepted: false, reason: message };
    throw error;
  }
}

/** Each recipient has a receipt with the job, so a retry continues with those who have none. Throws only if the attempt was aborted. */
export async function sendToAll(
  mailer: Mailer,
  recipients: readonly string[],
  letter: Letter,
  job: RunningJob,
  progress: (done: number) => void,
): Promise<Outcome> {
  const outcome: Outcome = { accepted: [], refused: [], open: [] };
  for (const [index, to] of recipients.entries()) {
    job.signal.throwIfAborted();
    try {
      const { accepted, reason } = await job.once(`mail/${to.toLowerCase()}`, () =>
        sendOne(mailer, to, letter, `${job.id}.${index + 1}`, job),
      );
      if (accepted) outcome.accepted.push(to);
      else outcome.refused.push({ to, reason });
    } catch (error) {
      job.signal.throwIfAborted();
      const { code, message, retryable = true, retryDelay } = error as MailError;
      // If the error concerns the server as a whole, do not ask it for the others.
      const concerned = code === 'DEFERRED' || code === 'BUSY' ? [to] : recipients.slice(index);
      for (const one of concerned) outcome.open.push({ to: one, reason: message, retryable, retryDelay });
      if (concerned.length > 1) break;
    }
    progress(index + 1);
  }
  return outcome;
}
