// docs/cli.md lists exactly the commands and their options, and its examples are valid.
import { describe, expect, test } from 'vitest';
import { fencesOf, read, sectionOf } from '../../test/docs/markdown.ts';
import { GLOBAL, readArguments, splitCommand } from '../src/arguments.ts';
import { COMMANDS } from '../src/commands/index.ts';

const PAGE = 'docs/cli.md';

/** The flags that a text names. */
const flagsIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, name]) => name ?? ''))].sort();

test('the sections are the commands, in the order of the help', () => {
  const headings = [...read(PAGE).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  expect(headings).toEqual(['Options of every command', ...COMMANDS.map(({ name }) => name)]);
});

test('the options of every command are listed', () => {
  expect(flagsIn(sectionOf(PAGE, 'Options of every command'))).toEqual(
    expect.arrayContaining(Object.keys(GLOBAL).sort()),
  );
});

describe.each(COMMANDS)('$name', ({ name, load }) => {
  test('lists exactly its options', async () => {
    const own = Object.keys((await load()).options);
    const named = flagsIn(sectionOf(PAGE, name)).filter((flag) => !Object.hasOwn(GLOBAL, flag));
    expect(named).toEqual(own.sort());
  });

  test('has a valid example in its help', async () => {
    const { example, options, takes } = await load();
    // Quoted JSON is one word.
    const words = (example.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ''));
    const { name: called, rest } = splitCommand(words);
    const { positionals } = readArguments(rest, { ...options, ...GLOBAL });
    expect(called).toBe(name);
    expect(positionals.length).toBeGreaterThanOrEqual(takes.least);
    expect(positionals.length).toBeLessThanOrEqual(takes.most);
  });

  test('is shown in an example', () => {
    const shown = fencesOf(PAGE).flatMap(({ code }) => [...code.matchAll(/^\$ npx phraseworks-jobs (\S+)/gm)]);
    expect(shown.map(([, command]) => command)).toContain(name);
  });
});
