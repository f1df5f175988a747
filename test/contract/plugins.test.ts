// The contract of plugins, held by a plain module as the specification writes it. Each shipped plugin holds it in its own tests.
import { readdirSync, readFileSync } from 'node:fs';
import { pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import * as tasks from '../support/plugin-module.ts';

pluginContract(tasks);

test('every shipped plugin runs the contract in its tests', () => {
  const plugins = new URL('../../plugins/', import.meta.url);
  for (const name of readdirSync(plugins)) {
    const folder = new URL(`${name}/src/`, plugins);
    const texts = readdirSync(folder)
      .filter((file) => /^index\.ts$|\.test\.ts$/.test(file))
      .map((file) => readFileSync(new URL(file, folder), 'utf8'));
    // Packages of another kind have no default export.
    if (!texts.some((text) => /^export default|as default/m.test(text))) continue;
    expect([name, texts.some((text) => /^pluginContract\(/m.test(text))]).toEqual([name, true]);
  }
});
