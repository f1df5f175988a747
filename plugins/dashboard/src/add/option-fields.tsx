// Priority, delay and retries of a job that is added: in a disclosure, since most jobs need none of it.
/** @jsxImportSource hono/jsx */
import type { FieldError } from '@phraseworks/sdk';
import type { TypeEntry } from '../api.ts';
import { BACKOFFS, durationText, OPTIONS, type Options, PRIORITIES } from './options.ts';

interface OptionFieldsProps {
  type: TypeEntry;
  typed: Options;
  errors: readonly FieldError[];
}

export function OptionFields({ type, typed, errors }: OptionFieldsProps) {
  const wrong = errors.filter(({ path }) => OPTIONS.includes(path));
  const props = { typed, errors: wrong };
  const duration = (ms: number | null | undefined) =>
    typeof ms === 'number' ? `default: ${durationText(ms)}` : undefined;
  const retries = typeof type.maxRetries === 'number' ? `default: ${String(type.maxRetries)}` : undefined;
  return (
    <details class="group options" open={wrong.length > 0 || Object.keys(typed).length > 0}>
      <summary>Priority, delay, retries</summary>
      <div class="fields">
        <Choice {...props} name="priority" label="Priority" options={PRIORITIES} standard="normal" />
        <Text {...props} name="delay" label="Delay" help="Before the first attempt: 30 seconds, 10 minutes, 2 days." />
        <Text {...props} name="maxRetries" label="Retries" hint={retries} numeric />
        <Text {...props} name="retryDelay" label="Retry delay" hint={duration(type.retryDelay)} />
        <Choice {...props} name="retryBackoff" label="Backoff" options={BACKOFFS} standard="fixed" />
        <Text {...props} name="timeout" label="Timeout per attempt" hint={duration(type.timeout)} />
        <Text
          {...props}
          name="idempotencyKey"
          label="Idempotency key"
          help="Prevents duplicates: a second job with this key and data is not added."
        />
      </div>
    </details>
  );
}

interface OptionProps extends Pick<OptionFieldsProps, 'typed' | 'errors'> {
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
  const { name, label, typed, options, standard } = props;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">{`default: ${standard}`}</option>
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
