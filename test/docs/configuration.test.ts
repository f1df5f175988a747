// docs/configuration.md: the options of createJobs(), in both directions. Its settings are on a page that is generated.
import { expect, test } from 'vitest';
import { bare, rowsOf, sectionOf } from './markdown.ts';
import { membersOf } from './sources.ts';

test('exactly the options of createJobs() are listed', () => {
  const section = sectionOf('docs/configuration.md', 'Options of createJobs()');
  const options = rowsOf(section).map(([option]) => bare(option));
  expect(options.sort()).toEqual(membersOf('core/src/create-jobs.ts', 'JobsOptions').sort());
});
