// The form of a schedule: mistakes are shown at their field.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { shown } from '../job/shown.ts';
import type { Visit } from '../visit.ts';
import type { Draft, FieldName, Mistakes } from './draft.ts';
import { patternText } from './pattern.ts';

let zones: string[] | undefined;

function ZoneList({ id }: { id: string }) {
  zones ??= ['UTC', ...Intl.supportedValuesOf('timeZone')];
  return (
    <datalist id={id}>
      {zones.map((zone) => (
        <option value={zone} />
      ))}
    </datalist>
  );
}

const LONGEST_MISTAKE = 300;
const MOST_LINES = 24;

interface FormProps {
  visit: Visit;
  /** The address of the page. */
  action: string;
  /** The page behind it. */
  back: string;
  draft: Draft;
  mistakes: Mistakes;
  types: readonly string[];
  isNew: boolean;
}

export function ScheduleForm(props: FormProps) {
  const { visit, action, back, draft, mistakes, types, isNew } = props;
  const words = visit.words.schedules.form;
  const wrong = Object.keys(mistakes).length > 0;
  return (
    <form class="schedule-form" method="post" action={visit.to(action)} autocomplete="off" data-keep>
      {wrong ? (
        <p class="error" role="alert">
          {words.wrong} {(mistakes[''] ?? []).map((text) => shown(text, LONGEST_MISTAKE)).join('; ')}
        </p>
      ) : null}
      {isNew ? (
        <Line name="name" label={words.name} help={words.nameHelp} mistakes={mistakes}>
          <input id="f-name" name="name" value={draft.name} required maxlength={100} {...described('name', mistakes)} />
        </Line>
      ) : null}
      <Line name="schedule" label={words.pattern} help={words.patternHelp} mistakes={mistakes}>
        <input
          id="f-schedule"
          name="schedule"
          class="mono"
          value={draft.schedule}
          required
          maxlength={100}
          placeholder="0 9 * * 1-5"
          spellcheck={false}
          data-pattern=""
          {...described('schedule', mistakes)}
        />
        <output for="f-schedule" data-pattern-words="">
          {patternText(draft.schedule)}
        </output>
      </Line>
      <Line name="timezone" label={words.zone} help={words.zoneHelp} mistakes={mistakes}>
        <input
          id="f-timezone"
          name="timezone"
          value={draft.timezone}
          required
          maxlength={100}
          list="zones"
          spellcheck={false}
          {...described('timezone', mistakes)}
        />
        <ZoneList id="zones" />
      </Line>
      <Missed {...props} />
      <Line name="type" label={words.type} help={words.typeHelp} mistakes={mistakes}>
        <select id="f-type" name="type" required {...described('type', mistakes)}>
          {[...new Set([...(draft.type === '' ? [] : [draft.type]), ...types])].sort().map((type) => (
            <option value={type} selected={type === draft.type}>
              {type}
            </option>
          ))}
        </select>
      </Line>
      <Line name="data" label={words.data} mistakes={mistakes}>
        <Json name="data" draft={draft} mistakes={mistakes} />
      </Line>
      <Line name="options" label={words.options} help={words.optionsHelp} mistakes={mistakes}>
        <Json name="options" draft={draft} mistakes={mistakes} />
      </Line>
      <div class="buttons">
        <button type="submit" class="primary">
          {isNew ? words.create : words.save}
        </button>
        <a class="button" href={visit.to(back)}>
          {words.cancel}
        </a>
      </div>
    </form>
  );
}

const described = (name: FieldName, mistakes: Mistakes) => ({
  'aria-describedby': `f-${name}-about`,
  'aria-invalid': mistakes[name] ? ('true' as const) : undefined,
});

interface LineProps {
  name: FieldName;
  label: string;
  help?: string;
  mistakes: Mistakes;
  children: Child;
}

const Line = ({ name, label, help, mistakes, children }: LineProps) => (
  <div class="line">
    <label for={`f-${name}`}>{label}</label>
    {children}
    <About name={name} help={help} mistakes={mistakes} />
  </div>
);

const About = ({ name, help, mistakes }: { name: FieldName; help?: string | undefined; mistakes: Mistakes }) => (
  <small id={`f-${name}-about`}>
    {(mistakes[name] ?? []).map((text) => (
      <span class="error">{shown(text, LONGEST_MISTAKE)}</span>
    ))}
    {help ?? ''}
  </small>
);

function Json({ name, draft, mistakes }: { name: 'data' | 'options'; draft: Draft; mistakes: Mistakes }) {
  const text = draft[name];
  const rows = Math.min(Math.max(text.split('\n').length + 1, 3), MOST_LINES);
  return (
    <textarea id={`f-${name}`} name={name} class="mono" rows={rows} spellcheck={false} {...described(name, mistakes)}>
      {`\n${text}`}
    </textarea>
  );
}

function Missed({ visit, draft, mistakes }: FormProps) {
  const words = visit.words.schedules.form;
  const choice = (value: string, label: string, more?: Child) => (
    <label>
      <input type="radio" name="missed" value={value} checked={draft.missed === value} /> {label} {more}
    </label>
  );
  return (
    <fieldset class="line" aria-describedby="f-missed-about">
      <legend>{words.missed}</legend>
      {choice('once', words.missedOnce)}
      {choice('skip', words.missedSkip)}
      <div>
        {choice('all', words.missedAll)}
        <input type="number" name="most" min={1} max={100} value={draft.most} aria-label={words.missedMost} />
      </div>
      <About name="missed" mistakes={mistakes} />
    </fieldset>
  );
}
