// The job as a curl command, TypeScript, CLI commands, or a test that reproduces its failure.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { isNode, MASK } from '@phraseworks/sdk/secrets';
import { isOver } from '../state.tsx';
import { cutText, visible } from '../text.ts';
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

export interface Copied {
  job: Pick<Job, 'id' | 'type' | 'plugin' | 'priority' | 'error'>;
  /** Secrets are masked. */
  data: unknown;
  /** `https://cms.example/jobs`. */
  url: string;
  /** The plugin's settings that differ from the defaults, without secrets. */
  config: Record<string, unknown> | null;
  /** Its plugin has a version, as packages do. */
  packaged: boolean;
}

const LONGEST_ERROR = 500;

const added = ({ job: { type, priority }, data }: Copied): Record<string, unknown> =>
  priority === 'normal' ? { type, data } : { type, data, priority };

const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const hiddenNote = (copied: Copied, mark: string): string =>
  JSON.stringify(copied.data ?? null).includes(MASK) ? `${mark} Replace ${MASK} with the real values first.\n` : '';

export function asCurl(copied: Copied): string {
  const body = visible(JSON.stringify(added(copied), null, 2));
  return `${hiddenNote(copied, '#')}curl ${shellQuoted(`${copied.url}/api/jobs`)} \\
  -H 'Content-Type: application/json' \\
  -d ${shellQuoted(body)}`;
}

export function asTypeScript(copied: Copied): string {
  return `import { addJob } from '@phraseworks/sdk';

${hiddenNote(copied, '//')}const job = await addJob(${literal(added(copied))});`;
}

/** A test that expects one attempt with the same data to fail with the same error. */
export function asTest(copied: Copied): string {
  const { id, type, plugin, error } = copied.job;
  const name = plugin ?? 'plugin';
  const firstLine = cutText((error ?? '').trim().split('\n', 1)[0] ?? '', LONGEST_ERROR).text;
  const config =
    copied.config === null || Object.keys(copied.config).length === 0 ? '' : `, config: ${literal(copied.config, 2)}`;
  return `// Reproduces the failure of job ${visible(id)} with the plugin settings of that site: check them first.
import { createTestJobs } from '@phraseworks/testing';
// The package or the file of the plugin.
import plugin from ${quoted(copied.packaged ? `@phraseworks/plugin-${name}` : `./${name}.js`)};
import { expect, test } from 'vitest';

test(${quoted(`${type} ends with the same error again`)}, async () => {
  await using jobs = await createTestJobs({
    plugins: { ${keyOf(name)}: { use: plugin${config} } },
  });
${hiddenNote(copied, '  //')}  const { id } = await jobs.addJob(${literal({ ...added(copied), maxRetries: 0 }, 1)});
  await jobs.idle();
  const job = await jobs.getJobStatus(id);
  expect(job?.status).toBe('failed');
  expect(job?.error).toContain(${quoted(firstLine)});
});
`;
}

/** The settings that differ from the defaults of the schema. Omits secrets, which are masked here. */
export function changedConfig(config: unknown, schema: unknown): Record<string, unknown> {
  if (!isNode(config)) return {};
  const properties = isNode(schema) && isNode(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      const node = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (value === null || value === MASK || isDefault(value, node)) return [];
      if (!isNode(value)) return [[key, value]];
      const inner = changedConfig(value, node);
      return Object.keys(inner).length === 0 ? [] : [[key, inner]];
    }),
  );
}

const isDefault = (value: unknown, node: unknown): boolean =>
  isNode(node) && 'default' in node && JSON.stringify(value) === JSON.stringify(node.default);

/** Characters of JSON. */
const LARGE = 20_000;

interface CopyBoxProps {
  visit: Visit;
  job: Job;
  copied: Copied;
}

/** Running the processor again cannot reproduce a crash or a timeout. */
const canRepeat = ({ status, error, reason, plugin }: Job): boolean =>
  plugin !== null && error !== null && status !== 'completed' && reason !== 'crashed' && reason !== 'timeout';

/** The script copies the text of an element, or of an address. */
export const CopyButton = (given: { class: string; 'data-copy'?: string; 'data-copy-from'?: string }) => (
  <button type="button" data-done="Copied" data-failed="Copy failed" {...given}>
    Copy
  </button>
);

export async function CopyBox({ visit, job, copied }: CopyBoxProps) {
  await visit.rest();
  const large = JSON.stringify(copied.data ?? null).length > LARGE;
  const texts: [string, string, string][] = [
    ...(large ? [] : textsOf(job, copied)),
    ['terminal', 'Command line', commands(job)],
  ];
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

const textsOf = (job: Job, copied: Copied): [string, string, string][] => [
  ['curl', 'curl', asCurl(copied)],
  ['typescript', 'TypeScript', asTypeScript(copied)],
  ...(canRepeat(job) ? [['test', 'Test that reproduces the failure', asTest(copied)] as [string, string, string]] : []),
];

function commands({ id, status }: Job): string {
  const step = isOver(status) ? 'retry' : 'cancel';
  return ['show', 'why', step].map((command) => `npx phraseworks-jobs ${command} ${id}`).join('\n');
}
