// What only a script can do: the mark that says whether the page is live, the choice of colours, the list of keys.
/** @jsxImportSource hono/jsx */
import type { Visit } from '../visit.ts';

/** Shown by the script, on pages that follow events. Its words for each state are in its attributes. */
export function LiveMark({ visit: { words } }: { visit: Visit }) {
  const { live, polling, reconnecting, paused, pause, resume } = words.frame.live;
  return (
    <button
      type="button"
      id="live-mark"
      class="live-mark scripted"
      hidden
      data-live={live}
      data-polling={polling}
      data-reconnecting={reconnecting}
      data-paused={paused}
      data-pause={pause}
      data-resume={resume}
    >
      <span role="status" />
    </button>
  );
}

export function ThemeChoice({ visit: { words } }: { visit: Visit }) {
  return (
    <select id="theme" class="scripted" aria-label={words.frame.theme} title={words.frame.theme}>
      {Object.entries(words.frame.themes).map(([theme, label]) => (
        <option value={theme}>{label}</option>
      ))}
    </select>
  );
}

export function KeyList({ visit: { words } }: { visit: Visit }) {
  const { keys, keyList, close } = words.frame;
  return (
    <dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">{keys}</h2>
      <dl class="key-list">
        {keyList.map(([key, about]) => (
          <div>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">{close}</button>
      </form>
    </dialog>
  );
}

/** Asks before a key does what cannot be undone; the script writes the question into it. */
export function AskDialog({ visit: { words } }: { visit: Visit }) {
  return (
    <dialog id="ask" aria-labelledby="ask-question" data-cancel={words.frame.cancelQuestion}>
      <p id="ask-question" />
      <p class="faint" />
      <form method="dialog" class="buttons">
        <button type="submit" value="yes">
          {words.frame.yes(words.job.cancel)}
        </button>
        <button type="submit" value="no">
          {words.frame.no}
        </button>
      </form>
    </dialog>
  );
}
