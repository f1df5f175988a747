// A value as it is written in TypeScript. What would hide in an editor is escaped.
import { visible } from './shown.ts';

const NAME = /^[A-Za-z_$][\w$]*$/;

export const quoted = (text: string): string => {
  const json = visible(JSON.stringify(text));
  return json.includes("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"')}'`;
};

/** Indented by `depth` levels after its first line. */
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

/** `__proto__: x` would set a prototype. */
export function keyOf(key: string): string {
  if (key === '__proto__') return "['__proto__']";
  return NAME.test(key) ? key : quoted(key);
}
