// The message for an unknown command.
import { UsageError } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { nearest } from './nearest.ts';

const OWN = COMMANDS.map(({ name }) => name);

/** `more`: the names of those that plugins bring. */
export function unknownCommand(name: string, more: readonly string[] = []): UsageError {
  const names = [...OWN, ...more];
  const near = nearest(name, names);
  return new UsageError(
    `There is no such command: ${near ? `did you mean ${near}?` : `there are ${names.join(', ')}.`}`,
  );
}

/** It looks like one of our own. */
export const isNearOwn = (name: string): boolean => nearest(name, OWN) !== undefined;
