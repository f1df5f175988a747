// Guarded routes of plugins: each asks for the rights that it needs. An answer that was given without asking is withheld.
import { JobsError, type Logger } from '@phraseworks/sdk';
import type { Caller } from '../access/actor.ts';

/** Answers for a plugin that is off or has no such route: nothing of them needs a right. */
const HARMLESS = new Set(['NOT_FOUND', 'PLUGIN_NOT_FOUND', 'PLUGIN_OFF']);

/** `route`: for the log. Throws what `answer` throws, and `INTERNAL` if it asked for no right. */
export async function guarded(
  caller: Caller,
  { plugin, route, log }: { plugin: string; route: string; log: Logger },
  answer: () => Promise<Response>,
): Promise<Response> {
  const before = caller.asked;
  const [given] = await Promise.allSettled([answer()]);
  if (caller.asked === before) {
    const { code } = given.status === 'rejected' && given.reason instanceof JobsError ? given.reason : { code: '' };
    if (HARMLESS.has(code)) await caller.require('view', 'some');
    else {
      if (given.status === 'fulfilled') await given.value.body?.cancel();
      log.error(
        `the plugin "${plugin}" answered ${route} without asking for a right, so the answer was withheld: call ctx.authorize() first`,
      );
      throw new JobsError('INTERNAL', 'The request failed; see the server log.');
    }
  }
  if (given.status === 'rejected') throw given.reason;
  return given.value;
}
