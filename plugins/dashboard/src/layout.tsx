// The frame of every page: head, navigation, and what an action said.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { panelPath, type Query } from './address.ts';
import type { Assets } from './assets.ts';
import { Said } from './said.tsx';
import type { Visit } from './visit.ts';

/** Seconds between two looks of a page that renews itself. */
export const RENEW = 3;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3.5' fill='%23146c5f'/%3E%3Cpath d='M4 5h8M4 8h5.5M4 11h7' stroke='%23fff' stroke-width='1.6' stroke-linecap='round'/%3E%3C/svg%3E";

export interface Frame {
  visit: Visit;
  title: string;
  /** The query of this page, when it is to renew itself. */
  renew?: Query | undefined;
  children?: Child;
}

/** What a page is, before it stands in its frame. */
export type Page = Omit<Frame, 'visit'>;

export const createLayout = ({ stylesheet, script }: Assets) =>
  function Layout({ visit, title, renew, children }: Frame) {
    const { to, path, query, words } = visit;
    const told = 'said' in query || 'refused' in query;
    return (
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          {/* Without it the browser would hide where a form comes from, and the form would be taken for another site's. */}
          <meta name="referrer" content="same-origin" />
          {renew ? <meta http-equiv="refresh" content={told ? `${RENEW};url=${to(path, renew)}` : `${RENEW}`} /> : null}
          <title>{`${title} - PhraseWorks Jobs`}</title>
          <link rel="icon" href={ICON} />
          <link rel="stylesheet" href={to(stylesheet.path)} />
          {script ? <script type="module" src={to(script.path)} /> : null}
        </head>
        <body>
          <a class="skip" href="#content">
            {words.frame.skip}
          </a>
          <header class="masthead">
            <div>
              <a class="brand" href={to('/')}>
                PhraseWorks <b>Jobs</b>
              </a>
              <nav aria-label={words.frame.mainNavigation}>
                <ul class="tabs">
                  {sections(visit).map(({ label, at }) => (
                    <li>
                      <a href={to(at)} aria-current={isHere(at, path)}>
                        {label}
                      </a>
                    </li>
                  ))}
                </ul>
              </nav>
            </div>
          </header>
          <main id="content" tabindex={-1}>
            <Said query={query} />
            {children}
          </main>
          <footer>
            <a href={to('/api/docs')}>{words.frame.httpApi}</a>
            {visit.user === undefined ? null : <span>{words.frame.signedInAs(visit.user)}</span>}
          </footer>
        </body>
      </html>
    );
  };

const sections = ({ panels }: Visit): { label: string; at: string }[] => [
  { label: 'Jobs', at: '/' },
  { label: 'Schedules', at: '/schedules' },
  { label: 'Plugins', at: '/plugins' },
  ...panels.map(({ plugin, id, title }) => ({ label: title, at: panelPath(plugin, id) })),
];

/** `true` stands for being inside a section, on a page that it does not link to itself. */
function isHere(section: string, path: string): 'page' | 'true' | undefined {
  if (section === path) return 'page';
  return section === '/' && path.startsWith('/job/') ? 'true' : undefined;
}
