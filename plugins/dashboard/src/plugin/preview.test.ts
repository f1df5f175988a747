// The effects of disabling or enabling a plugin on jobs and on other plugins.
import type { PluginStatus } from '@phraseworks/sdk/client';
import { expect, test } from 'vitest';
import { effectsOf } from './preview.tsx';

const plugin = (name: string, more: Partial<PluginStatus> = {}): PluginStatus =>
  ({ name, title: null, state: 'on', types: [], needs: [], provides: [], ...more }) as unknown as PluginStatus;
const need = (id: string, optional = false, met = true) => ({ id, optional, met });

test('a cycle of plugins ends the search', () => {
  const one = plugin('one', { provides: ['a'], needs: [need('b')] });
  const two = plugin('two', { provides: ['b'], needs: [need('a', false, false), need('c', true, false)] });
  expect(effectsOf(one, [one, two], { types: {} }).dependants).toEqual(['two']);
  expect(effectsOf(two, [one, two], { types: {} }).missing).toEqual(['a']);
});
