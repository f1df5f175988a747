// Who did what, the newest first, page by page: for those who may administer.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { jobPath } from '../address.ts';
import { Refusal } from '../api.ts';
import { shown } from '../job/shown.ts';
import type { Page } from '../layout.tsx';
import { type LogEntry, readLog } from '../metrics/read.ts';
import { schedulePath } from '../schedule/read.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const PAGE = 100;
const LONGEST = 300;

export async function logPage(visit: Visit): Promise<Page> {
  const words = visit.words.log;
  if (!visit.may.administer) throw new Refusal(403, 'FORBIDDEN', words.notYours);
  const before = /^\d{1,15}$/.test(visit.query.before ?? '') ? visit.query.before : undefined;
  const { entries, nextBefore } = await readLog(visit.api, PAGE, before);
  return {
    title: words.title,
    children: (
      <>
        <h1>{words.title}</h1>
        <p class="faint">{words.about}</p>
        {entries.length === 0 ? (
          <div class="empty">
            <p>{before === undefined ? words.none : words.noneOlder}</p>
          </div>
        ) : (
          <LogTable visit={visit} entries={entries} />
        )}
        <Pager visit={visit} older={nextBefore} isFirst={before === undefined} />
      </>
    ),
  };
}

function LogTable({ visit, entries }: { visit: Visit; entries: readonly LogEntry[] }) {
  const words = visit.words.log;
  return (
    <table class="plain deeds">
      <caption class="hidden">{words.title}</caption>
      <thead>
        <tr>
          {[words.when, words.who, words.what, words.on].map((head) => (
            <th scope="col">{head}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr data-key={String(entry.id)}>
            <td data-label={words.when}>
              <When at={entry.at} now={visit.now} />
            </td>
            <td data-label={words.who}>
              {entry.user === null ? <span class="faint">{words.somebody}</span> : shown(entry.user, LONGEST)}
            </td>
            <td data-label={words.what}>{actionText(entry.action, words.actions)}</td>
            <td data-label={words.on}>
              <Target visit={visit} entry={entry} />
              {entry.detail === null ? null : <small>{shown(entry.detail, LONGEST)}</small>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const actionText = (action: string, words: Record<string, string>): string =>
  Object.hasOwn(words, action) ? (words[action] ?? action) : shown(action, LONGEST);

/** A link to the page of the job, plugin or schedule that was changed, where there is one. */
function Target({ visit: { to }, entry: { action, target } }: { visit: Visit; entry: LogEntry }): Child {
  if (target === null || target === '') return null;
  const text = shown(target, LONGEST);
  const path = pageOf(action, target);
  return path === null ? text : <a href={to(path)}>{text}</a>;
}

function pageOf(action: string, target: string): string | null {
  if (action === 'deleteJob' || action === 'unscheduleJob') return null;
  if (/schedule/i.test(action)) return schedulePath(target);
  if (/plugin/i.test(action)) return `/plugin/${encodeURIComponent(target)}`;
  return /job|bulk/i.test(action) && /^[\w-]{20,64}$/.test(target) ? jobPath(target) : null;
}

interface PagerProps {
  visit: Visit;
  older: number | null;
  isFirst: boolean;
}

function Pager({ visit: { to, words }, older, isFirst }: PagerProps) {
  if (older === null && isFirst) return null;
  return (
    <nav class="pager" aria-label={words.log.pages}>
      {isFirst ? null : <a href={to('/log')}>{words.log.newest}</a>}
      {older === null ? null : (
        <a href={to('/log', { before: String(older) })} rel="next">
          {words.log.older}
        </a>
      )}
    </nav>
  );
}
