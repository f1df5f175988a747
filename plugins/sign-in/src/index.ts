// Signing in for sites without `authorize`: links for people and tokens for scripts, or with `tokensOf()` the tokens of the host.
import { definePlugin, JobsError, type PluginDefinition, SignIn } from '@phraseworks/sdk';
import { linkCommand, shown } from './command.ts';
import { type CheckToken, HostTokens } from './host-tokens.ts';
import { Links } from './links.ts';
import { signInsPanel } from './panel.ts';
import { Passes } from './passes.ts';
import { tables } from './tables.ts';

export type { CheckToken, HostUser } from './host-tokens.ts';

declare module '@phraseworks/sdk' {
  interface PluginConfigs {
    'sign-in': unknown;
  }
}

const ABOUT = {
  name: 'sign-in',
  version: '0.1.0',
  title: 'Sign-in',
  author: 'PhraseWorks',
  sdk: '^0.1.0',
  alwaysOn: true,
  provides: [SignIn],
} as const;

export default definePlugin({
  ...ABOUT,
  description: 'Signs people in with links, and scripts with tokens.',
  tables,
  async init(ctx) {
    const { clock } = ctx;
    const passes = new Passes({ db: ctx.db, now: () => clock.now() });
    ctx.provide(SignIn, new Links(passes, await passes.cookieName()));
    ctx.command(linkCommand({ passes, clock }));
    ctx.panel(signInsPanel(passes, clock));
    ctx.routes.get('/sign-ins', async (c) =>
      c.json({ signIns: (await passes.list()).map((pass) => shown(pass, clock)) }),
    );
    ctx.routes.post('/sign-ins/:id/end', async (c) => {
      if (await passes.end(c.req.param('id'))) return c.json({ ended: true });
      throw new JobsError('NOT_FOUND', 'No session or token has this ID. It may have ended.');
    });
  },
});

/**
 * For hosts whose users have tokens: `plugins: { 'sign-in': { use: tokensOf(check) } }`. `check` says whom a token belongs to and what that
 * user may do. Scripts send it as `Authorization: Bearer`; `POST /sign-in` keeps it in a cookie for the dashboard.
 */
export const tokensOf = (check: CheckToken): PluginDefinition =>
  definePlugin({
    ...ABOUT,
    description: 'Signs in with the tokens of this site.',
    init({ provide, log, clock }) {
      provide(SignIn, new HostTokens({ check, log, clock }));
    },
  }) as unknown as PluginDefinition;
