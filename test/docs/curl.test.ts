// The commands of docs/api.md, unchanged, against a real site.
import { spawnSync } from 'node:child_process';
import { beforeEach, expect, test } from 'vitest';
import { openLiveSite } from '../support/live-site.ts';
import { picture } from '../support/picture-server.ts';
import { type Fence, fencesOf } from './markdown.ts';
import { Workshop } from './workshop.ts';

const commands = fencesOf('docs/api.md').filter(({ lang, code }) => lang === 'sh' && code.startsWith('curl '));
const commandWith = (part: string): Fence | undefined => commands.find(({ code }) => code.includes(part));
const there = spawnSync('curl', ['--version']).status === 0;

beforeEach(({ skip }) => skip(!there, 'needs curl'));

/** Runs it in a folder with a photograph; what never ends is ended after two seconds. */
async function run(command: string): Promise<string> {
  await using shop = await Workshop.open();
  await using site = await openLiveSite({
    plugins: { email: { config: { mailbox: { port: 0 } } }, image: true },
    storage: { uploads: { folder: `${shop.folder}/uploads` }, files: { folder: shop.folder } },
  });
  await shop.write('photo.jpg', await picture);
  const text = command.replace('http://localhost:3210/jobs', site.url).replace('curl ', 'curl -s --max-time 2 ');
  return (await shop.run('sh', ['-c', text])).output;
}

test('all commands of the page are tried here', () => {
  expect(commands).toHaveLength(2);
});

test('a job is added', async () => {
  expect(JSON.parse(await run(commandWith('"email"')?.code ?? ''))).toMatchObject({ type: 'email', status: 'pending' });
});

test('a job is added with its file', async () => {
  const job = JSON.parse(await run(commandWith('photo.jpg')?.code ?? ''));
  expect(job).toMatchObject({ type: 'image_process', data: { file: { name: 'photo.jpg', type: 'image/jpeg' } } });
});
