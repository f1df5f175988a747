// Copied texts: they can be parsed, and hide nothing.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MASK } from '@phraseworks/sdk/secrets';
import { expect, test } from 'vitest';
import { asCurl, asTypeScript, literal } from './copies.tsx';

const run = promisify(execFile);

const copied = (data: unknown) => ({ type: 'email', priority: 'normal', data }) as const;

test('a value is written exactly in TypeScript', () => {
  const value = { a: "it's", b: 'say "x"', 'c-d': [1, null, true, { e: [] }], quote: '"\'\\', f: 'x'.repeat(70) };
  expect(new Function(`return ${literal(value)}`)()).toEqual(value);
});

test('no key sets a prototype, and no character is invisible in an editor', () => {
  const made = new Function(`return ${literal(JSON.parse('{"__proto__":{"a":1}}'))}`)() as object;
  expect(Object.keys(made)).toEqual(['__proto__']);
  const text = literal({ name: 'a\u202eb\u2028c' });
  expect(text).toBe("{ name: 'a\\u202eb\\u2028c' }");
});

test('curl sends the same data, whatever its characters', async () => {
  const data = { text: `it's $HOME \`id\` "x" \\ \u202e`, n: 1 };
  const command = asCurl(copied(data), 'https://cms.example/jobs').replace(/^curl/, 'printf "%s\\0"');
  const { stdout } = await run('sh', ['-c', command]);
  const words = stdout.split('\0');
  expect(words[0]).toBe('https://cms.example/jobs/api/jobs');
  expect(JSON.parse(words.at(-2) ?? '')).toEqual({ type: 'email', data });
});

test('hidden values are pointed out', () => {
  const hidden = { ...copied({ password: MASK }), priority: 'high' } as const;
  expect(asCurl(hidden, '')).toMatch(/^# Replace/);
  expect(asTypeScript(hidden)).toBe(`import { addJob } from '@phraseworks/sdk';

// Replace ${MASK} with the real values first.
const job = await addJob({
  type: 'email',
  data: { password: '${MASK}' },
  priority: 'high',
});`);
});
