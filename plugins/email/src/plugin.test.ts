// The plugin as a whole: what it registers, and a mail from the job to the page in the browser.
import { readdir, readFile } from 'node:fs/promises';
import {
  type Lazy,
  type Panel,
  type PluginContext,
  type Processor,
  type ProcessorOptions,
  parse,
  type RunningJob,
} from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { testApp } from '../test/app.ts';
import { manualClock, openDatabase } from '../test/database.ts';
import { silent } from '../test/mailer.ts';
import { type Config, EmailConfig } from './config.ts';
import plugin, { Mailer } from './index.ts';

async function start(settings: object = {}) {
  const outcome = await parse(EmailConfig, { mailbox: { port: 0 }, ...settings }, 'config');
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors));
  const disposers: (() => unknown)[] = [];
  const provided = new Map<string, unknown>();
  const panels: Panel[] = [];
  let registered: { type: string; processor: Lazy<Processor<'email'>>; options: ProcessorOptions<'email'> } | undefined;
  const routes = testApp();
  const known = {
    name: 'email',
    config: outcome.value,
    db: await openDatabase(),
    clock: manualClock(),
    log: silent,
    signal: new AbortController().signal,
    routes,
    provide: (token: { id: string }, service: unknown) => void provided.set(token.id, service),
    panel: (panel: Panel) => void panels.push(panel),
    onDisable: (fn: () => unknown) => void disposers.push(fn),
    applyFilters: async (_name: string, value: unknown) => value,
    getJobStatus: async () => null,
    registerProcessor: (type: string, processor: Lazy<Processor<'email'>>, options: ProcessorOptions<'email'>) => {
      registered = { type, processor, options };
      return () => {};
    },
  };
  await plugin.init(known as unknown as PluginContext<Config, Record<never, never>>);
  if (!registered) throw new Error('no processor');
  const { options } = registered;
  const { default: processor } = await registered.processor.lazy();
  const run = async (data: unknown, id = 'job', attempt = 1) => {
    if (!options.data) throw new Error('no schema');
    const checked = await parse(options.data, data, 'data');
    if (!checked.ok) return { refused: checked.errors };
    const job: RunningJob = {
      id,
      type: 'email',
      attempt,
      signal: new AbortController().signal,
      log: silent,
      progress: async () => {},
    };
    return processor(checked.value, id, attempt, job);
  };
  const stop = async () => {
    for (const dispose of disposers.reverse()) await dispose();
  };
  return { run, stop, options, routes, panels, provided, type: registered.type };
}

test("the specification's mail goes from the job over SMTP to a page in the browser", async () => {
  const { run, stop, routes } = await start();
  const data = {
    to: 'user@example.com',
    subject: 'Welcome to PhraseWorks',
    template: 'welcome',
    variables: { userName: 'John Doe' },
  };
  const answer = (await run(data)) as { success: boolean; result: { mailbox: string } };
  expect(answer).toMatchObject({ success: true, message: 'Email sent to user@example.com' });
  const page = await routes.request(answer.result.mailbox.replace('/plugins/email', ''));
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Welcome to PhraseWorks');
  await stop();
});

test('it registers what it says, and waits for the mailbox page before it opens a port', async () => {
  const { options, provided, panels, type, routes, stop } = await start();
  expect(type).toBe('email');
  expect(options).toMatchObject({ timeout: 30_000, maxRetries: 3, retryDelay: 5_000, concurrency: 5 });
  expect([...provided.keys()]).toEqual([Mailer.id]);
  expect(panels.map((panel) => panel.id)).toEqual(['mailbox']);
  const list = (await (await routes.request('/mailbox')).json()) as { smtp: string };
  expect(list.smtp).toMatch(/^smtp:\/\/127\.0\.0\.1:\d+$/);
  await stop();
});

test('own templates stand beside the built-in ones', async () => {
  const { run, stop } = await start({ templates: new URL('../test/templates', import.meta.url).pathname });
  expect(await run({ template: 'receipt', to: 'a@x.test', variables: { total: '12.00' } })).toMatchObject({
    success: true,
  });
  expect(await run({ template: 'daily_reminder', to: 'a@x.test' }, 'two')).toMatchObject({ success: true });
  expect(await run({ template: 'other', to: 'a@x.test' })).toMatchObject({
    refused: [{ path: 'data.template', message: 'must be one of "daily_reminder", "receipt", "welcome"' }],
  });
  await stop();
});

test('a folder that is not there keeps the plugin from starting, with the key in the error', async () => {
  await expect(start({ templates: 'no/such/folder' })).rejects.toThrow(
    /^templates: the folder cannot be read \(ENOENT\)/,
  );
});

test('no file of the plugin imports a heavy library before it is needed', async () => {
  const heavy = /^import (?!type )[^;]*from '(nodemailer|handlebars|html-to-text|smtp-server|postal-mime)'/m;
  const folder = new URL('./', import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(15);
  for (const file of files)
    expect([file, heavy.test(await readFile(new URL(file, folder), 'utf8'))]).toEqual([file, false]);
});
