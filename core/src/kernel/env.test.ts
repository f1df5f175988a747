// Settings of a plugin from the environment.
import { expect, test } from 'vitest';
import { pluginSettings } from './env.ts';

test('variables of a plugin are found by its name, and two underscores separate nested fields', () => {
  const env = {
    JOBS_MY_PLUGIN__A__B: '1',
    JOBS_MY_PLUGIN__C: '2',
    JOBS_MY__X: '3',
    JOBS_MY_PLUGIN__EMPTY: '',
    PATH: 'p',
  };
  expect(pluginSettings(env, 'my-plugin')).toEqual([
    { variable: 'JOBS_MY_PLUGIN__A__B', path: ['A', 'B'], text: '1' },
    { variable: 'JOBS_MY_PLUGIN__C', path: ['C'], text: '2' },
  ]);
  expect(pluginSettings(env, 'my')).toEqual([{ variable: 'JOBS_MY__X', path: ['X'], text: '3' }]);
});
