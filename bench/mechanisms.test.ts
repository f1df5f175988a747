// The switches of the ablation fit the code as it is.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { edited, MECHANISMS } from './mechanisms.ts';

const read = (file: string): string => readFileSync(new URL(`../core/src/${file}.ts`, import.meta.url), 'utf8');

test.each(MECHANISMS)('"$name" can be switched off in the code as it is', ({ without }) => {
  for (const edit of without) expect(edited(read(edit.file), [edit])).not.toBe(read(edit.file));
});
