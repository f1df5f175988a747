// `config check`: finds every mistake in the configuration, including that of plugins, without starting anything.

import { messageOf } from '@phraseworks/jobs/internals/base';
import { checkOptions, scheduleErrors } from '@phraseworks/jobs/internals/core';
import { type FieldError, JobsError } from '@phraseworks/sdk';
import { oneOf } from '../arguments.ts';
import type { Client } from '../client.ts';
import { type Call, defineCommand } from '../command.ts';

export const config = defineCommand({
  usage: ['check'],
  about:
    'Also checks settings stored by an administrator and environment variables. The exit code is 1 if something is wrong.',
  example: 'config check',
  options: {},
  takes: { least: 1, most: 1 },
  async run(call) {
    oneOf(call.args[0], 'The action', ['check']);
    const { out } = call;
    const site = await call.site();
    const errors = mistakes(() => checkOptions(site.config));
    // Plugins can be checked even if other settings are wrong.
    if (!errors.some(({ path }) => path.startsWith('plugins'))) errors.push(...(await pluginMistakes(call)));
    errors.push(...(await scheduleErrors(site.config.schedules ?? [], call.clock.now())));
    out.answer({ ok: errors.length === 0, file: site.file, errors }, () => {
      for (const { path, message } of errors) out.line(`${out.style('red', path)} ${message}`);
      if (errors.length === 0)
        out.line(site.file === null ? 'No configuration file: using the defaults.' : 'The configuration is valid.');
    });
    return errors.length === 0 ? 0 : 1;
  },
});

function mistakes(check: () => unknown): FieldError[] {
  try {
    check();
    return [];
  } catch (error) {
    return fieldErrors(error);
  }
}

function fieldErrors(error: unknown): FieldError[] {
  if (error instanceof JobsError && error.errors.length > 0) return [...error.errors];
  throw error;
}

async function pluginMistakes({ open, out }: Call): Promise<FieldError[]> {
  let client: Client;
  try {
    client = await open({ settings: false });
  } catch (error) {
    if (error instanceof JobsError && error.errors.length > 0) return [...error.errors];
    out.note(`${messageOf(error)} Its stored settings were not checked.`);
    client = await open({ settings: false, inMemory: true });
  }
  return client.jobs.internals.plugins.check();
}
