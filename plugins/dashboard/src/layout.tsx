// The frame of every page: head, masthead, what an action said, and the part that is renewed.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import type { Query } from './address.ts';
import { API_DOCS } from './api.ts';
import type { Assets } from './assets.ts';
import { AskDialog, KeyList, LiveMark, ThemeChoice } from './frame/controls.tsx';
import { Navigation } from './frame/navigation.tsx';
import { SearchBox } from './frame/search-box.tsx';
import { shown } from './job/shown.ts';
import type { Visit } from './visit.ts';

/** Outside of the part that is renewed, so that it stays until it was read. */
function Said({ visit }: { visit: Visit }) {
  const { text, bad } = sentence(visit);
  return (
    <div id="said" role={bad ? 'alert' : 'status'}>
      {text === '' ? null : <p class={bad ? 'said refused' : 'said'}>{text}</p>}
    </div>
  );
}

function sentence({ query, words: { said: words } }: Visit): { text: string; bad: boolean } {
  const { said, refused } = query;
  if (refused !== undefined) {
    return { text: `${words.notDone} ${own(words.refused, refused) ?? words.logSaysMore}`, bad: true };
  }
  const done = said === undefined ? undefined : (chosen(query, words) ?? own(words.done, said));
  return { text: done ?? '', bad: false };
}

/** `said=chosen&step=retry&done=3&left=1`. */
function chosen({ said, step = '', done, left }: Record<string, string>, words: Visit['words']['said']): string | null {
  const sentenceOf = own(words.chosen, step);
  if (said !== 'chosen' || sentenceOf === undefined) return null;
  const rest = countOf(left);
  return rest === 0 ? sentenceOf(countOf(done)) : `${sentenceOf(countOf(done))} ${words.left(rest)}`;
}

const countOf = (text: string | undefined): number => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : 0);

const own = <T,>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Seconds between two looks of a page that renews itself without a script. */
export const RENEW = 3;
const LONGEST_USER = 100;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3.5' fill='%23146c5f'/%3E%3Cpath d='M4 5h8M4 8h5.5M4 11h7' stroke='%23fff' stroke-width='1.6' stroke-linecap='round'/%3E%3C/svg%3E";

/** The events that change a page. `{}` means all; with `jobs` or `types` those that name one of them. */
export interface Follows {
  jobs?: string[];
  types?: string[];
}

export interface Frame {
  visit: Visit;
  title: string;
  /** The script fetches the page anew after such events. Without it the page stays as it is. */
  follows?: Follows | undefined;
  /** The query of this page, when it is to renew itself where there is no script. */
  renew?: Query | undefined;
  children?: Child;
}

/** A page without its frame. */
export type Page = Omit<Frame, 'visit'>;

export const createLayout = ({ stylesheet, script, theme }: Assets) =>
  function Layout({ visit, title, follows, renew, children }: Frame) {
    const { to, path, query, words, base } = visit;
    const told = 'said' in query || 'refused' in query;
    return (
      <html lang={words.frame.lang}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          {/* Without it the browser would hide where a form comes from, and the form would be taken for another site's. */}
          <meta name="referrer" content="same-origin" />
          {renew ? (
            <noscript>
              <meta http-equiv="refresh" content={told ? `${RENEW};url=${to(path, renew)}` : `${RENEW}`} />
            </noscript>
          ) : null}
          <title>{`${title} - PhraseWorks Jobs`}</title>
          <link rel="icon" href={ICON} />
          <script src={to(theme.path)} />
          <link rel="stylesheet" href={to(stylesheet.path)} />
          {script ? <script type="module" src={to(script.path)} /> : null}
        </head>
        <body data-base={base}>
          <a class="skip" href="#content">
            {words.frame.skip}
          </a>
          <header class="masthead">
            <div>
              <a class="brand" href={to('/')}>
                PhraseWorks <b>Jobs</b>
              </a>
              <SearchBox visit={visit} />
              <LiveMark visit={visit} />
              <Navigation visit={visit} />
            </div>
          </header>
          <Said visit={visit} />
          <main id="content" tabindex={-1} data-now={visit.now} data-follows={follows && JSON.stringify(follows)}>
            {visit.trouble === null ? null : (
              <p class="said refused" role="alert">
                <b>{words.frame.notStored}</b> {visit.trouble}
              </p>
            )}
            {children}
          </main>
          <footer>
            {visit.hasDocs ? <a href={to(API_DOCS)}>{words.frame.httpApi}</a> : null}
            <button type="button" id="show-keys" class="link scripted" aria-haspopup="dialog">
              {words.frame.keys}
            </button>
            <ThemeChoice visit={visit} />
            {visit.user === undefined ? null : <span>{words.frame.signedInAs(shown(visit.user, LONGEST_USER))}</span>}
          </footer>
          <KeyList visit={visit} />
          <AskDialog visit={visit} />
        </body>
      </html>
    );
  };
