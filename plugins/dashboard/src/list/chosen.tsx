// What can be done with the rows that were chosen; the stylesheet shows it when there are some.
/** @jsxImportSource hono/jsx */
import type { Visit } from '../visit.ts';
import { type Act, offered } from './bulk.ts';
import { CHOSEN_FORM } from './job-table.tsx';
import { type ListQuery, queryOf } from './query.ts';

export function ChosenForm({ visit: { to, words }, list }: { visit: Visit; list: ListQuery }) {
  const say = words.list;
  return (
    <form
      method="post"
      id={CHOSEN_FORM}
      class="chosen buttons"
      action={to('/act/jobs', { ...queryOf(list), scope: 'chosen' })}
      data-quick
    >
      {/* The enter key presses the first button, on a box too: outside of a dialog this one does nothing. */}
      <button type="submit" formmethod="dialog" hidden />
      <span class="faint">
        {say.withChosen} <b class="chosen-count" data-keep />
      </span>
      {offered(list).map((act) => {
        const question = act === 'cancel' || act === 'delete' ? say.ofChosen[act] : undefined;
        if (question === undefined) return <ActChosen act={act} label={say.acts[act]} />;
        return (
          <details class="confirm" data-key={act}>
            <summary class="button">{say.acts[act]}</summary>
            <div>
              <p>{question}</p>
              <ActChosen act={act} label={words.frame.yes(say.acts[act])} />
            </div>
          </details>
        );
      })}
    </form>
  );
}

const ActChosen = ({ act, label }: { act: Act; label: string }) => (
  <button type="submit" name="step" value={act} class={act === 'delete' ? 'danger' : undefined}>
    {label}
  </button>
);
