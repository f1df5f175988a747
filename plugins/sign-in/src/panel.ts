// The page "Sign-ins": who is signed in, and an end for each.
import { block, type Cell, type Panel, type PluginClock } from '@phraseworks/sdk';
import { shown } from './command.ts';
import type { Pass, Passes } from './passes.ts';

const PER_PAGE = 50;

export const signInsPanel = (passes: Passes, clock: PluginClock): Panel => ({
  id: 'sign-ins',
  title: 'Sign-ins',
  access: 'administer',
  data: async ({ page }) => {
    const all = await passes.list();
    const rows = all.slice((page - 1) * PER_PAGE, page * PER_PAGE).map((pass) => rowOf(pass, clock));
    const pages = Math.max(1, Math.ceil(all.length / PER_PAGE));
    return [
      block.text(
        'A link signs a browser in for 30 days; phraseworks-jobs link prints one. link --token NAME prints a token for a script.',
      ),
      block.table(['Who', 'May', 'Since', 'Last seen', 'Ends', ''], rows, { page, pages }),
      block.link('Sign out of this browser', '/sign-out'),
    ];
  },
});

function rowOf(pass: Pass, clock: PluginClock): Cell[] {
  const { id, name, may, began, seen, ends } = shown(pass, clock);
  const who = name === null ? 'browser' : `token ${name}`;
  const end = { label: 'End', post: `/sign-ins/${id}/end`, confirm: `End the sign-in of this ${who}?` };
  return [who, may.join(', '), began, seen, ends, end];
}
