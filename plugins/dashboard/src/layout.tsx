// The frame of every page: head, masthead, the notice about the last action, and the content that live updates replace.
/** @jsxImportSource hono/jsx */
import type { EventFilter } from '@phraseworks/sdk/client';
import type { Child } from 'hono/jsx';
import { Undo } from './act.tsx';
import { jobPath } from './address.ts';
import type { Assets } from './assets.ts';
import { Navigation, SearchBox } from './navigation.tsx';
import { Options } from './parts.tsx';
import { count } from './text.ts';
import type { Visit } from './visit.ts';

const THEMES = { system: 'System theme', light: 'Light theme', dark: 'Dark theme' };

/** The script shows it on pages that follow events, and takes its texts from the attributes. */
function LiveMark() {
  return (
    <button
      type="button"
      id="live-mark"
      class="live-mark scripted"
      hidden
      data-live="Live"
      data-polling="Live (polling)"
      data-reconnecting="Reconnecting"
      data-paused="Paused"
      data-pause="Pause updates"
      data-resume="Resume updates"
    >
      <span role="status" />
    </button>
  );
}

/** These codes mean that nothing changed. After any other, such as a database error, something may have changed. */
const REFUSED: Record<string, string> = {
  FORBIDDEN: "you don't have permission to do this.",
  UNAUTHORIZED: 'please sign in.',
  NOT_FOUND: 'this action is no longer available.',
  JOB_NOT_FOUND: 'this job no longer exists.',
  NOT_CANCELLABLE: 'the job had already finished; it can be retried, not cancelled.',
  INVALID_DATA: 'the form or the data of the job is invalid.',
  UNKNOWN_TYPE: 'no plugin handles this job type.',
  VETOED: 'a plugin rejected it.',
  IDEMPOTENCY_CONFLICT: 'its idempotency key belongs to another job.',
  PAYLOAD_TOO_LARGE: 'it is too large.',
  INVALID_STATE: 'this is not possible in its current state.',
  SCHEDULE_NOT_FOUND: 'this schedule no longer exists.',
  PLUGIN_NOT_FOUND: 'this plugin no longer exists.',
  PLUGIN_OFF: 'the plugin is disabled.',
  PLUGIN_RUNS: 'the plugin is enabled or still runs in another process: disable it, wait a few seconds, and try again.',
  QUEUE_FULL: 'the queue is full: try again later.',
  NOTHING_CHOSEN: 'select at least one job.',
  NOT_TYPED: 'type "delete" to confirm.',
};

const DONE: Record<string, string> = {
  'job.add': 'Job added.',
  'job.retry': 'Job queued again.',
  'job.cancel': 'Job cancelled.',
  'job.run': 'Queued to run now.',
  'job.signal': 'Signal sent.',
  'job.delete': 'Job deleted.',
  'batch.retry': 'Its failed jobs are queued again.',
  'batch.cancel': 'Its jobs are cancelled.',
  'schedule.save': 'Schedule saved.',
  'schedule.run': 'Queued to run now.',
  'schedule.pause': 'Schedule paused.',
  'schedule.resume': 'Schedule resumed.',
  'schedule.delete': 'Schedule deleted; its jobs are kept.',
  'limit.change': 'Limit changed.',
  'plugin.enable': 'Plugin enabled.',
  'plugin.disable': 'Plugin disabled; its waiting jobs keep their place.',
  'plugin.purge': 'Plugin data deleted.',
  'plugin.configure': 'Settings saved.',
  'plugin.configurePartly': 'Settings saved. Some values are fixed by the configuration file or environment.',
  'pause.begin': 'Paused. Running jobs will finish.',
  'pause.resume': 'Resumed.',
  'view.save': 'View saved.',
  'view.remove': 'View removed.',
  panel: 'Done.',
  started: 'Started.',
};

/** What happened to the selected jobs. */
const CHOSEN: Record<string, string> = {
  retry: 'queued again',
  cancel: 'cancelled',
  run: 'queued to run now',
  delete: 'deleted',
};

/** Outside the content that live updates replace, so that it stays until the user has read it. */
function Notice({ visit }: { visit: Visit }) {
  const { refused, job } = visit.query;
  const text = refused === undefined ? doneText(visit.query) : refusedText(refused);
  return (
    <div id="notice" role={refused === undefined ? 'status' : 'alert'}>
      {text === undefined ? null : (
        <>
          <p class={refused === undefined ? 'notice' : 'notice refused'}>{text}</p>
          {job === undefined ? null : <a href={visit.to(jobPath(job))}>View job</a>}
          <Undo visit={visit} />
          <button type="button" class="link scripted" data-dismiss>
            Dismiss
          </button>
        </>
      )}
    </div>
  );
}

function refusedText(code: string): string {
  const why = own(REFUSED, code);
  return why ? `Nothing changed: ${why}` : 'It may not have been done: check before you try again.';
}

const doneText = (query: Visit['query']): string | undefined => chosenText(query) ?? own(DONE, query.notice ?? '');

/** `notice=chosen&step=retry&done=3&left=1&why=VETOED`. */
function chosenText({ notice, step = '', done, left, why }: Visit['query']): string | undefined {
  const became = own(CHOSEN, step);
  if (notice !== 'chosen' || became === undefined) return undefined;
  const sentence = `${count(countOf(done), 'job')} ${became}.`;
  const rest = countOf(left);
  if (rest === 0) return sentence;
  const reason = why === undefined ? ' because of their state.' : `: ${own(REFUSED, why) ?? 'see the server log.'}`;
  return `${sentence} ${count(rest, 'job')} skipped${reason}`;
}

const countOf = (text: string | undefined): number => (/^\d{1,9}$/.test(text ?? '') ? Number(text) : 0);

const own = <T,>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** The mark of the product, as the browser shows it beside the title. */
const MARK =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='3.5' fill='%230d6b5c'/%3E%3Cpath d='M4 5h8M4 8h5.5M4 11h7' stroke='%23fff' stroke-width='1.6' stroke-linecap='round'/%3E%3C/svg%3E";

const Logo = () => (
  <svg viewBox="0 0 16 16" aria-hidden="true">
    <rect width="16" height="16" rx="3.5" />
    <path d="M4 5h8M4 8h5.5M4 11h7" stroke-width="1.6" stroke-linecap="round" />
  </svg>
);

export interface Frame {
  visit: Visit;
  title: string;
  /** The events after which the page updates; undefined: no live updates. */
  follows?: EventFilter | undefined;
  /** Addresses below the mount point of what a plugin's own page loads. */
  styles?: readonly string[] | undefined;
  scripts?: readonly string[] | undefined;
  children?: Child;
}

/** A page without the parts that every page shares, with its status (200 by default). */
export type Page = Omit<Frame, 'visit'> & { status?: number };

/** A page, or a complete response. */
export type Answer = Page | Response;

export const createLayout = ({ stylesheet, script }: Assets) =>
  function Layout({ visit, title, follows, styles = [], scripts = [], children }: Frame) {
    const { to, base } = visit;
    return (
      <html lang="en" data-theme={visit.theme}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          {/* Without a referrer the core would refuse forms as coming from another site. */}
          <meta name="referrer" content="same-origin" />
          <title>{`${title} - PhraseWorks Jobs`}</title>
          <link rel="icon" href={MARK} />
          <link rel="stylesheet" href={to(stylesheet.path)} />
          {styles.map((path) => (
            <link rel="stylesheet" href={to(path)} />
          ))}
          {script ? <script type="module" src={to(script.path)} fetchpriority="low" /> : null}
          {scripts.map((path) => (
            <script defer src={to(path)} />
          ))}
        </head>
        <body data-base={base}>
          <a class="skip" href="#content">
            Skip to content
          </a>
          <header class="masthead">
            <a class="brand" href={to('/')}>
              <Logo />
              <span>PhraseWorks Jobs</span>
            </a>
            <SearchBox visit={visit} />
            <LiveMark />
            <Navigation visit={visit}>
              <select id="theme" class="scripted" aria-label="Theme" data-keep>
                <Options all={Object.entries(THEMES)} chosen={undefined} />
              </select>
            </Navigation>
          </header>
          <Notice visit={visit} />
          <main id="content" tabindex={-1} data-now={visit.now} data-follows={follows && JSON.stringify(follows)}>
            {visit.storageProblem === null ? null : (
              <p class="notice refused" role="alert">
                <b>Jobs cannot be stored now.</b> {visit.storageProblem}
              </p>
            )}
            {children}
          </main>
        </body>
      </html>
    );
  };
