// Priority, delay and retries of a job that is added: in a disclosure, since most jobs need none of it.
/** @jsxImportSource hono/jsx */
import type { FieldError } from '@phraseworks/sdk';
import type { TypeEntry } from '../api.ts';
import { durationText } from '../form/duration-text.ts';
import type { Words } from '../words/words.ts';
import { BACKOFFS, OPTIONS, type Options, PRIORITIES } from './options.ts';

interface OptionFieldsProps {
  type: TypeEntry;
  typed: Options;
  errors: readonly FieldError[];
  words: Words['add'];
}

export function OptionFields({ type, typed, errors, words }: OptionFieldsProps) {
  const wrong = errors.filter(({ path }) => OPTIONS.includes(path));
  const props = { typed, errors: wrong, words };
  const duration = (ms: number | null | undefined) =>
    typeof ms === 'number' ? words.ofType(durationText(ms)) : undefined;
  const retries = typeof type.maxRetries === 'number' ? words.ofType(String(type.maxRetries)) : undefined;
  return (
    <details class="group options" open={wrong.length > 0 || Object.keys(typed).length > 0}>
      <summary>{words.options}</summary>
      <div class="fields">
        <Choice {...props} name="priority" label={words.priority} options={PRIORITIES} standard="normal" />
        <Text {...props} name="delay" label={words.delay} help={words.delayHelp} />
        <Text {...props} name="maxRetries" label={words.maxRetries} hint={retries} numeric />
        <Text {...props} name="retryDelay" label={words.retryDelay} hint={duration(type.retryDelay)} />
        <Choice {...props} name="retryBackoff" label={words.retryBackoff} options={BACKOFFS} standard="fixed" />
        <Text {...props} name="timeout" label={words.timeout} hint={duration(type.timeout)} />
        <Text {...props} name="idempotencyKey" label={words.idempotencyKey} help={words.idempotencyHelp} />
      </div>
    </details>
  );
}

interface OptionProps extends Pick<OptionFieldsProps, 'typed' | 'errors' | 'words'> {
  name: string;
  label: string;
}

function Text(props: OptionProps & { hint?: string | undefined; help?: string; numeric?: boolean }) {
  const { name, label, typed, errors, hint, help, numeric } = props;
  const wrong = errors.some(({ path }) => path === name);
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        value={typed[name] ?? ''}
        placeholder={hint}
        autocomplete="off"
        inputmode={numeric ? 'numeric' : undefined}
        maxlength={190}
        aria-invalid={wrong ? 'true' : undefined}
        aria-describedby={wrong ? `${name}!` : undefined}
      />
      {help === undefined ? null : <small class="hint">{help}</small>}
      <Wrong {...props} />
    </div>
  );
}

function Choice(props: OptionProps & { options: readonly string[]; standard: string }) {
  const { name, label, typed, options, standard, words } = props;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">{words.ofType(standard)}</option>
        {options.map((option) => (
          <option value={option} selected={typed[name] === option}>
            {option}
          </option>
        ))}
      </select>
      <Wrong {...props} />
    </div>
  );
}

function Wrong({ name, errors }: OptionProps) {
  const own = errors.filter(({ path }) => path === name);
  return own.length === 0 ? null : (
    <small class="error" id={`${name}!`}>
      {own.map(({ message }) => message).join('; ')}
    </small>
  );
}
