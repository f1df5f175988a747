// `link`: prints a link that signs in a browser once, or a token for scripts; for sites without `authorize` and `signIn`.

import { linkOf, SignIn } from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { UsageError } from '../arguments.ts';
import { type Call, defineCommand, type ExitCode } from '../command.ts';

/** In milliseconds. */
const LINK_LIFETIME = 600_000;
const TOKEN_LIFETIME = 365 * 86_400_000;

const OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    about: 'where the page is, as the browser sees it: https://cms.example.com/jobs',
  },
  token: { type: 'boolean', about: 'a token for scripts instead of a link, valid for a year' },
  revoke: { type: 'boolean', about: 'first invalidate every link, cookie and token' },
} as const;

export const link = defineCommand({
  usage: ['[--url URL] [--revoke]', '--token [--revoke]'],
  about:
    'A link works once, within ten minutes, at any process on the database, and keeps the browser signed in for 30 days. A token is sent as Authorization: Bearer. Sites with authorize or signIn need neither.',
  example: 'link --url https://cms.example.com/jobs',
  options: OPTIONS,
  takes: { least: 0, most: 0 },
  run: printLink,
});

async function printLink(call: Call<typeof OPTIONS>): Promise<ExitCode> {
  const { values, out } = call;
  if (out.json) throw new UsageError('link has no JSON output.');
  if (values.token && values.url !== undefined) throw new UsageError('--url has no effect with --token.');
  const given = values.url === undefined ? undefined : pageOf(values.url);
  const { config } = await call.site();
  const decides = (['authorize', 'signIn'] as const).find((key) => config[key]);
  if (decides) {
    throw new JobsError(
      'INVALID_STATE',
      `${decides} in the configuration decides who may sign in, so links and tokens are not used.`,
    );
  }
  const { dialect, clock, note } = await call.open();
  const signIn = new SignIn({ dialect, clock, random: call.random });
  if (values.revoke) {
    await signIn.revoke();
    await note('revokeSignIns', '');
    out.note('All earlier links, cookies and tokens are now invalid.');
  }
  if (values.token) {
    out.plain(await signIn.token(TOKEN_LIFETIME));
    await note('printToken', '');
    return 0;
  }
  const known = given ?? (await signIn.url());
  const url = known ?? `http://localhost:${call.env.PORT || 3_210}${config.mountPath ?? '/jobs'}`;
  out.plain(linkOf(url, await signIn.code(LINK_LIFETIME)));
  await note('printLink', '');
  out.note('It signs in once, within ten minutes.');
  if (known === null)
    out.note('The URL of the page is a guess: give the right one with --url https://cms.example.com/jobs.');
  return 0;
}

/** Throws `UsageError`. */
function pageOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError('--url must be the URL of the dashboard, such as https://cms.example.com/jobs.');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
