import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import commands from '../test/commands-plugin.ts';

test('a command of a plugin is run inside a test as it is typed', async () => {
  await using jobs = await createTestJobs({ plugins: { shelf: { use: commands } } });
  expect(await jobs.command('count-books', 'a', '--from', '3', '--json')).toEqual({
    ...{ code: 0, err: [] },
    out: ['{"books":4,"terminal":false}'],
  });
  expect(await jobs.command('burn')).toMatchObject({ code: 2, err: [expect.stringContaining('pass --yes')] });
  expect((await jobs.command('burn', '--yes')).code).toBe(0);
  await jobs.idle();
  expect(await jobs.listJobs()).toMatchObject({ jobs: [{ type: 'dust', status: 'completed', plugin: 'shelf' }] });
  expect(await jobs.command('count-books', '--form', '3')).toMatchObject({
    code: 2,
    err: ['Unknown option --form: did you mean --from? (phraseworks-jobs count-books --help)'],
  });
  await expect(jobs.command('nothing')).rejects.toThrow('no running plugin has the command "nothing"');
});
