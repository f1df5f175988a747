// What only a script can do: the mark that says whether the page is live, the choice of colours, the list of keys.
/** @jsxImportSource hono/jsx */

const THEMES = { system: 'Theme: System', light: 'Theme: Light', dark: 'Theme: Dark' };

const KEYS = [
  ['/', 'search'],
  ['j', 'next job'],
  ['k', 'previous job'],
  ['Enter', 'open the job'],
  ['r', 'retry the job'],
  ['x', 'cancel the job'],
  ['?', 'show this help'],
] as [string, string][];

/** Shown by the script, on pages that follow events. Its words for each state are in its attributes. */
export function LiveMark() {
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

export function ThemeChoice() {
  return (
    <select id="theme" class="scripted" aria-label="Theme">
      {Object.entries(THEMES).map(([theme, label]) => (
        <option value={theme}>{label}</option>
      ))}
    </select>
  );
}

export function KeyList() {
  return (
    <dialog id="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Keyboard shortcuts</h2>
      <dl class="key-list">
        {KEYS.map(([key, about]) => (
          <div>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{about}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

/** Asks before a key does what cannot be undone; the script writes the question into it. */
export function AskDialog() {
  return (
    <dialog id="ask" aria-labelledby="ask-question" data-cancel="Cancel this job?">
      <p id="ask-question" />
      <p class="faint" />
      <form method="dialog" class="buttons">
        <button type="submit" value="yes">
          Yes, cancel
        </button>
        <button type="submit" value="no">
          No
        </button>
      </form>
    </dialog>
  );
}
