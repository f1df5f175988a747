// A job type disabled by the configuration: its libraries are not loaded, its jobs wait with the reason, and others run.
import { join } from 'node:path';
import image from '@phraseworks/plugin-image';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { startProgram } from '../support/child.ts';
import { sharedDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { pictureServer } from '../support/picture-server.ts';

test.each([
  ['that once had it on', true, 'plugin_disabled'],
  ['that never had it', false, 'no_processor'],
])(
  'images disabled on a database %s: no process loads them, mail continues, and once enabled they run in order',
  async (_, once, reason) => {
    const folder = await temporaryFolder();
    const database = await sharedDatabase();
    const root = join(folder, 'files');
    if (once) {
      const before = await createTestJobs({
        database,
        storage: { files: { folder: root } },
        plugins: { image: { use: image } },
      });
      await before.stop();
    }

    const child = startProgram('switched-off-child.ts', [
      JSON.stringify({ database, root, pictures: (await pictureServer()).url }),
    ]);
    const told = async (word: string) => JSON.parse(await child.line(`${word} `));
    expect(await told('mail')).toBe('completed');
    expect(await told('parked')).toEqual(Array(4).fill(reason));
    expect(await told('why')).toMatchObject({
      status: 'parked',
      why: once
        ? 'On hold: the plugin "image" is disabled. The job will run when it is enabled.'
        : 'On hold: no known plugin has a processor for its type.',
    });
    expect((await told('off')).pictures).toBe(0);
    expect(await told('ended')).toEqual(Array(4).fill('completed'));
    expect(await told('order')).toBe(true);
    expect((await told('on')).pictures).toBeGreaterThan(0);
    expect(await child.over).toBe(0);
    if (!once) expect(child.errors()).toContain('Jobs of the type "image_process" are parked');
  },
);
