// What the CMS does with every request, and right after a plugin was activated or deactivated.
import { followActive } from './jobs.js';
import { readOption } from './options.js';

export async function runPluginInits() {
  const plugins = await readOption('plugins');
  await followActive(plugins.filter((plugin) => plugin.active).map((plugin) => plugin.slug));
}
