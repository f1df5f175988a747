// The job as a curl command, TypeScript, or CLI commands.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { MASK } from '@phraseworks/sdk/secrets';
import { isOver } from '../state.tsx';
import { visible } from '../text.ts';
import type { Visit } from '../visit.ts';

const NAME = /^[A-Za-z_$][\w$]*$/;

const quoted = (text: string): string => {
  const json = visible(JSON.stringify(text));
  return json.includes("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"')}'`;
};

/** A TypeScript literal; lines after the first are indented by `depth` levels. */
export function literal(value: unknown, depth = 0): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const isList = Array.isArray(value);
  const lines = isList
    ? value.map((inner) => literal(inner, depth + 1))
    : Object.entries(value).map(([key, inner]) => `${keyOf(key)}: ${literal(inner, depth + 1)}`);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (lines.length === 0) return open + close;
  const short = lines.join(', ');
  if (short.length <= 60 && !short.includes('\n')) return isList ? `[${short}]` : `{ ${short} }`;
  const indent = '  '.repeat(depth + 1);
  return `${open}\n${lines.map((line) => `${indent}${line},\n`).join('')}${'  '.repeat(depth)}${close}`;
}

/** Written plainly, `__proto__: x` would set the prototype. */
function keyOf(key: string): string {
  if (key === '__proto__') return "['__proto__']";
  return NAME.test(key) ? key : quoted(key);
}

/** Its secrets are masked. */
type Copied = Pick<Job, 'type' | 'data' | 'priority'>;

const added = ({ type, data, priority }: Copied): object =>
  priority === 'normal' ? { type, data } : { type, data, priority };

const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const hiddenNote = ({ data }: Copied, mark: string): string =>
  JSON.stringify(data ?? null).includes(MASK) ? `${mark} Replace ${MASK} with the real values first.\n` : '';

/** `url`: of the mount point, such as `https://cms.example/jobs`. */
export function asCurl(job: Copied, url: string): string {
  const body = visible(JSON.stringify(added(job), null, 2));
  return `${hiddenNote(job, '#')}curl ${shellQuoted(`${url}/api/jobs`)} \\
  -H 'Content-Type: application/json' \\
  -d ${shellQuoted(body)}`;
}

export function asTypeScript(job: Copied): string {
  return `import { addJob } from '@phraseworks/sdk';

${hiddenNote(job, '//')}const job = await addJob(${literal(added(job))});`;
}

/** Characters of JSON. */
const LARGE = 20_000;

/** The script copies the text of an element, or of an address. */
export const CopyButton = (given: { class: string; 'data-copy'?: string; 'data-copy-from'?: string }) => (
  <button type="button" data-done="Copied" data-failed="Copy failed" {...given}>
    Copy
  </button>
);

export async function CopyBox({ visit, job }: { visit: Visit; job: Job }) {
  await visit.rest();
  const large = JSON.stringify(job.data ?? null).length > LARGE;
  const code = large
    ? []
    : [
        ['curl', 'curl', asCurl(job, `${visit.origin}${visit.base}`)],
        ['typescript', 'TypeScript', asTypeScript(job)],
      ];
  const texts = [...code, ['terminal', 'Command line', commands(job)]];
  return (
    <section class="copies" aria-labelledby="copies">
      <h2 id="copies">Copy as</h2>
      {large ? <p class="faint">The data is too large for a command; download it instead.</p> : null}
      {texts.map(([name, title, text]) => (
        <details id={`copy-${name}`}>
          <summary>{title}</summary>
          <div class="code">
            <CopyButton class="copy scripted" data-copy={`copy-text-${name}`} />
            <pre id={`copy-text-${name}`}>{text}</pre>
          </div>
        </details>
      ))}
    </section>
  );
}

function commands({ id, status }: Job): string {
  const step = isOver(status) ? 'retry' : 'cancel';
  return ['show', 'why', step].map((command) => `npx phraseworks-jobs ${command} ${id}`).join('\n');
}
