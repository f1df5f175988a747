// `config check`: finds every mistake in the configuration, including that of plugins, without starting anything.

import { messageOf } from '@phraseworks/jobs/internals/base';
import { checkOptions, scheduleErrors } from '@phraseworks/jobs/internals/core';
import type { Assembled } from '@phraseworks/jobs/internals/site';
import { type FieldError, JobsError } from '@phraseworks/sdk';
import { oneOf } from '../arguments.ts';
import { type Call, defineCommand } from '../command.ts';

type Plugins = Pick<Assembled['internals']['site'], 'slots' | 'plugins' | 'reconciler'>;

/** Options that the plugins need. */
const OF_PLUGINS = /^(plugins|services|storage|uploads|database)\b/;

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
    const errors = [...(await mistakes(() => checkOptions(site.config)))];
    // Plugins can be checked even if settings of the queue are wrong.
    if (!errors.some(({ path }) => OF_PLUGINS.test(path))) errors.push(...(await pluginMistakes(call)));
    errors.push(...(await scheduleErrors(site.config.schedules ?? [], call.clock.now())));
    out.answer({ ok: errors.length === 0, file: site.file, errors }, () => {
      for (const { path, message } of errors) out.line(`${out.style('red', path)} ${message}`);
      if (errors.length === 0)
        out.line(site.file === null ? 'No configuration file: using the defaults.' : 'The configuration is valid.');
    });
    return errors.length === 0 ? 0 : 1;
  },
});

/** The wrong keys that `check` finds. */
async function mistakes(check: () => unknown): Promise<readonly FieldError[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (error instanceof JobsError && error.errors.length > 0) return error.errors;
    throw error;
  }
}

async function pluginMistakes({ open, out }: Call): Promise<FieldError[]> {
  const client = await open({ settings: false }).catch((error: unknown) => {
    out.note(`${messageOf(error)} Its stored settings were not checked.`);
    return open({ settings: false, inMemory: true });
  });
  return settingMistakes(client.jobs.internals.site);
}

/** In the settings of the plugins that are on. Their code is loaded, not started. */
async function settingMistakes({ slots, plugins, reconciler }: Plugins): Promise<FieldError[]> {
  await plugins.learn();
  const wanted = [...slots.values()].filter((slot) => slot.wanted);
  const found = await Promise.all(
    wanted.map(async (slot): Promise<FieldError[]> => {
      try {
        await reconciler.loaded(slot);
      } catch (error) {
        return [{ path: `plugins.${slot.name}`, message: messageOf(error) }];
      }
      const resolved = await slot.resolveConfig();
      return resolved.ok ? [] : resolved.errors;
    }),
  );
  return found.flat();
}
