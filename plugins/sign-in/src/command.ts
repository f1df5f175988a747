// `phraseworks-jobs link`: prints a link for people or a token for scripts, lists what is signed in, and revokes it.
import type { Action, CommandArguments, CommandIo, PluginClock, PluginCommand } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { linkOf } from './links.ts';
import { DAY, type Pass, type Passes, RIGHTS } from './passes.ts';

/** Milliseconds. */
const LINK_LIFETIME = 600_000;
const TOKEN_DAYS = 90;
const MOST_DAYS = 365;
const GUESS = 'http://localhost:3210/jobs';

const NAME = /^[\w.-]{1,60}$/;

interface LinkNeeds {
  passes: Passes;
  clock: PluginClock;
}

export const linkCommand = (needs: LinkNeeds): PluginCommand => ({
  name: 'link',
  summary: 'print a link that signs in, or a token for scripts',
  usage: '[--url URL]\n--token NAME [--may view,add] [--days N]\n--list\n--revoke [NAME]',
  options: {
    url: { type: 'string', description: 'where the page is, as the browser sees it: https://cms.example.com/jobs' },
    token: { type: 'string', description: 'a token of this name for scripts, instead of a link' },
    may: { type: 'string', description: `its rights, of ${RIGHTS.join(', ')}; view by default` },
    days: { type: 'string', description: `days until it ends; ${TOKEN_DAYS} by default, at most ${MOST_DAYS}` },
    list: { type: 'boolean', description: 'list sessions and tokens' },
    revoke: { type: 'boolean', description: 'end the token NAME; without a name, end every link, session and token' },
  },
  run: (given, io) => commandOf(given)(given, io, needs),
});

type Run = (given: CommandArguments, io: CommandIo, needs: LinkNeeds) => Promise<void>;

/** Which options each form of the command takes. */
const FORMS: readonly { by: string; with: readonly string[]; run: Run }[] = [
  { by: 'revoke', with: [], run: revoke },
  { by: 'list', with: [], run: list },
  { by: 'token', with: ['may', 'days'], run: printToken },
  { by: 'link', with: ['url'], run: printLink },
];

/** Throws `INVALID_DATA` if the options do not go together. */
function commandOf({ options, positionals }: CommandArguments): Run {
  const given = Object.keys(options).filter((name) => options[name] !== undefined && options[name] !== false);
  const form = FORMS.find(({ by }) => by === 'link' || given.includes(by)) as (typeof FORMS)[number];
  const alien = given.find((name) => name !== form.by && !form.with.includes(name));
  if (alien !== undefined)
    throw mistake(`--${alien} has no effect ${form.by === 'link' ? 'without --token' : `with --${form.by}`}.`);
  if (positionals.length > (form.by === 'revoke' ? 1 : 0))
    throw mistake(`link does not know the argument ${positionals.at(-1)}.`);
  return form.run;
}

const mistake = (message: string): JobsError => new JobsError('INVALID_DATA', message);

async function printLink({ options }: CommandArguments, io: CommandIo, { passes }: LinkNeeds): Promise<void> {
  const known = typeof options.url === 'string' ? pageOf(options.url) : await passes.page();
  const link = linkOf(known ?? GUESS, await passes.link(LINK_LIFETIME));
  io.out(io.json ? JSON.stringify({ link }) : link);
  await io.audit('link');
  io.err('It signs in once, within ten minutes.');
  if (known === null)
    io.err('The URL of the page is a guess: give the right one with --url https://cms.example.com/jobs.');
}

function pageOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw mistake('--url must be the URL of the dashboard, such as https://cms.example.com/jobs.');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

async function printToken({ options }: CommandArguments, io: CommandIo, { passes, clock }: LinkNeeds): Promise<void> {
  const name = String(options.token);
  if (!NAME.test(name))
    throw mistake('--token needs a name of at most 60 letters, digits, dots, dashes and underscores.');
  const may = rightsOf(options.may);
  const lifetime = daysOf(options.days) * DAY;
  const token = await passes.token(name, may, lifetime);
  const ends = clock.iso(clock.now() + lifetime);
  io.out(io.json ? JSON.stringify({ token, name, may, ends }) : token);
  await io.audit(`link --token ${name} --may ${may.join()}`);
  io.err(`The token ${name} may ${may.join(', ')} until ${ends}. It is not shown again.`);
}

function rightsOf(text: string | boolean | undefined): Action[] {
  const asked = (typeof text === 'string' ? text : 'view').split(',').map((right) => right.trim());
  const unknown = asked.find((right) => !RIGHTS.some((known) => known === right));
  if (unknown !== undefined) throw mistake(`--may does not know "${unknown}": the rights are ${RIGHTS.join(', ')}.`);
  return RIGHTS.filter((right) => asked.includes(right));
}

function daysOf(text: string | boolean | undefined): number {
  const days = text === undefined ? TOKEN_DAYS : Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  throw mistake(`--days must be a whole number from 1 to ${MOST_DAYS}.`);
}

async function list(_: CommandArguments, io: CommandIo, { passes, clock }: LinkNeeds): Promise<void> {
  const all = (await passes.list()).map((pass) => shown(pass, clock));
  if (io.json) return io.out(JSON.stringify({ signIns: all }));
  if (all.length === 0) io.err('No one is signed in.');
  for (const { kind, name, may, began, seen, ends } of all)
    io.out(
      `${(name ?? kind).padEnd(20)} ${may.join(',').padEnd(28)} since ${began}, last seen ${seen ?? 'never'}, ends ${ends}`,
    );
}

async function revoke({ positionals: [name] }: CommandArguments, io: CommandIo, { passes }: LinkNeeds): Promise<void> {
  if (name === undefined) {
    await passes.endAll();
    io.err('All links, sessions and tokens are now invalid.');
  } else {
    const found = (await passes.list()).find((pass) => pass.kind === 'token' && pass.name === name);
    if (!found) throw new JobsError('NOT_FOUND', `There is no token named ${name}: link --list shows them.`);
    await passes.end(found.id);
    io.err(`The token ${name} is now invalid.`);
  }
  await io.audit(name === undefined ? 'link --revoke' : `link --revoke ${name}`);
}

/** With times as ISO 8601 in UTC. */
export const shown = ({ id, kind, name, may, began, seen, ends }: Pass, clock: PluginClock) => ({
  id,
  kind,
  name,
  may,
  began: clock.iso(began),
  seen: seen === null ? null : clock.iso(seen),
  ends: clock.iso(ends),
});
