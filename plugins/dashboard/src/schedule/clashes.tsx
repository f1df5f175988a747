// Schedules that run at the same minute within the coming week.
/** @jsxImportSource hono/jsx */
import type { Visit } from '../visit.ts';
import { schedulePath } from './read.ts';
import { At, type Calendar } from './strip.tsx';
import type { Week } from './week.ts';

const MOST = 10;
const MOST_NAMES = 6;

export function Clashes({ visit, week, calendar }: { visit: Visit; week: Week; calendar: Calendar }) {
  const { words, to } = visit;
  const { clashes, often } = week;
  if (clashes.length === 0) return null;
  return (
    <section class="clashes" aria-labelledby="clashes">
      <h2 id="clashes">{words.schedules.clashes}</h2>
      <ul>
        {clashes.slice(0, MOST).map(({ names, at }) => (
          <li>
            {names.slice(0, MOST_NAMES).map((name, index) => (
              <>
                {index === 0 ? '' : ', '}
                <a href={to(schedulePath(name))}>{name}</a>
              </>
            ))}
            {names.length > MOST_NAMES ? `, ${words.schedules.moreClashes(names.length - MOST_NAMES)}` : ''}
            <small>
              {words.schedules.clashTimes(at.length)} <At ms={at[0] ?? calendar.from} zone={calendar.zone.name} />
            </small>
          </li>
        ))}
      </ul>
      {clashes.length > MOST ? <p class="faint">{words.schedules.moreClashes(clashes.length - MOST)}</p> : null}
      {often.length === 0 ? null : <p class="faint">{words.schedules.oftenLeftOut(often.slice(0, MOST_NAMES))}</p>}
    </section>
  );
}
