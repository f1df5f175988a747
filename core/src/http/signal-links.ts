// The page of a link that sends a signal. Scanners of mail follow links, so that a GET only shows the form: what sends it is the button.
import { JobsError } from '@phraseworks/sdk';
import type { Hono } from 'hono';
import { html } from 'hono/html';
import { isFinal, publicState } from '../job/lifecycle.ts';
import type { Signals } from '../queue/steps/signals.ts';
import type { StepAt } from '../store/step-store.ts';
import { answerWithLimit } from './body.ts';
import { plainPage } from './plain-page.ts';
import { formOf, type Posted, readForm } from './schema-form.ts';

/** Why the link is of no use. */
function closedBy({ state, jobState }: StepAt): string | null {
  if (state === 'sent') return 'The answer was sent already. A link can be used once.';
  if (state === 'over') return 'It is too late: the time for an answer is over.';
  if (isFinal(publicState(jobState))) return `It is too late: the job is ${jobState}.`;
  return state === 'waiting' ? null : 'The job does not wait for this answer yet. Try again later.';
}

const told = (title: string, text: string, status: number): Response =>
  plainPage({ title, status, body: html`<p>${text}</p>` });

export function mountSignalLinks(app: Hono, signals: Signals): void {
  app.on(['GET', 'POST'], '/signals/:id/:code', (c) =>
    answerWithLimit(c, async () => {
      const { id, code } = c.req.param();
      const key = c.req.query('key') ?? '';
      const step = await signals.atLink(id, key, code);
      const closed = closedBy(step);
      if (closed !== null) return told('This link cannot be used', closed, 409);
      const { schema } = step;
      if (c.req.method !== 'POST') return asking(key, step);
      const posted: Posted = schema === null ? {} : await c.req.parseBody();
      try {
        await signals.send(id, key, schema === null ? true : (readForm(schema, posted) ?? {}), 'a link');
      } catch (error) {
        if (!(error instanceof JobsError) || error.code !== 'INVALID_DATA') throw error;
        return asking(key, step, posted, error);
      }
      return told('Thank you', 'The answer was sent, and the job goes on.', 200);
    }),
  );
}

/** Without `action`, a form is sent to the address of its page. */
function asking(key: string, { schema }: StepAt, posted: Posted = {}, refused?: JobsError): Response {
  const title = typeof schema?.title === 'string' ? schema.title : key;
  const about = typeof schema?.description === 'string' ? schema.description : 'A job waits for this answer.';
  const fields = schema === null ? '' : formOf(schema, posted, refused?.errors);
  const problem = refused ? html`<p class="error">${refused.message}</p>` : '';
  const body = html`<p>${about}</p>${problem}<form method="post">${fields}<button>${schema === null ? 'Confirm' : 'Send'}</button></form>`;
  return plainPage({ title, status: refused ? 400 : 200, body, mayPost: true });
}
