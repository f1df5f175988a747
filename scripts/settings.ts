// Makes docs/settings.md: every setting with its default and limits from the schemas, and its meaning from the comments beside them.
import { join } from 'node:path';
import type ts from 'typescript';
import { DEFAULTS } from '../core/src/defaults.ts';
import { SettingsSchema } from '../core/src/kernel/config.ts';
import { commentOf, programOf, ROOT } from './program.ts';

const HEAD = `# Settings

Every key of \`jobs.config.ts\` and of \`createJobs()\` that is checked when it is read, for looking up. It is generated from the schemas by \`npm run reference\`: change those, not this page. How to write the file, and the options that are not listed here (\`database\`, \`plugins\`, \`schedules\`, \`services\`, \`authorize\`, the log): [configuration](configuration.md).

A time is in milliseconds. Where text is allowed too, it is such as \`'90 seconds'\`, \`'1h'\` or \`'30 days'\`. \`processors.<type>\` overrides what the plugin of the type says; a job's own options override both.
`;

/** The longest time of a setting: a setting with this limit is a time. */
const YEAR = 31_622_400_000;

interface Node {
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
}

interface Setting {
  path: readonly string[];
  node: Node;
}

/** The leaves of a schema. The keys of a record are `<name>`, or `<type>` for processors. */
function settingsOf(node: Node, path: readonly string[] = []): Setting[] {
  const named = Object.entries(node.properties ?? {});
  const any = typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
  const key = path[0] === 'processors' ? '<type>' : '<name>';
  const inside = [
    ...named.flatMap(([name, inner]) => settingsOf(inner, [...path, name])),
    ...any.flatMap((inner) => settingsOf(inner, [...path, key])),
  ];
  return inside.length > 0 ? inside : [{ path, node }];
}

/** The comment beside a setting in the code. */
function commentAt(path: readonly string[], type: ts.Type, checker: ts.TypeChecker): string {
  const [name = '', ...rest] = path;
  const inner = name.startsWith('<') ? type.getStringIndexType() : undefined;
  if (inner) return commentAt(rest, inner, checker);
  const property = checker.getPropertyOfType(checker.getNonNullableType(type), name);
  if (!property) return '';
  return rest.length === 0
    ? commentOf(property, checker)
    : commentAt(rest, checker.getNonNullableType(checker.getTypeOfSymbol(property)), checker);
}

const shownDefault = (value: unknown): string => (value === undefined ? '-' : `\`${JSON.stringify(value)}\``);

function shownLimits({ minimum, maximum }: Node): string {
  if (minimum === undefined) return '-';
  return maximum === YEAR ? `${minimum} ms to a year` : `${minimum} to ${maximum}`;
}

/** The whole page. Throws if a setting has no meaning. */
export function settings(): string {
  const config = join(ROOT, 'core/src/kernel/config.ts');
  const program = programOf([config]);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(config) as ts.SourceFile) as ts.Symbol;
  const written = checker.getExportsOfModule(module).find(({ name }) => name === 'Settings') as ts.Symbol;
  const type = checker.getDeclaredTypeOfSymbol(written);
  const schemas = [SettingsSchema, ...DEFAULTS.flatMap((one) => one.config ?? [])];
  const all = schemas.flatMap((schema) =>
    settingsOf(schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' }) as Node),
  );
  const rows = all.map(({ path, node }) => {
    const meaning = node.description ?? commentAt(path, type, checker);
    if (meaning === '') throw new Error(`${path.join('.')} has no comment that says what it is for`);
    const cells = [`\`${path.join('.')}\``, shownDefault(node.default), shownLimits(node), meaning];
    return `| ${cells.join(' | ')} |`;
  });
  const table = ['| key | default | limits | meaning |', '| --- | --- | --- | --- |', ...rows];
  return `${HEAD}\n${table.join('\n')}\n`;
}
