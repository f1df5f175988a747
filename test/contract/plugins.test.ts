// The contract of plugins, held by those that are shipped and by a plain module as the specification writes it.
import { pluginContract } from '@phraseworks/testing';
import * as tasks from '../support/plugin-module.ts';
import { shippedPlugins } from '../support/shipped.ts';

/** Settings with which they write nothing here and take no port of their own choice. */
const SETTINGS: Record<string, object> = {
  backup: { folder: 'nothing-is-written-here' },
  cleanup: { roots: [] },
  email: { mailbox: { port: 0 } },
  image: { root: 'nothing-is-written-here' },
  report: { folder: 'nothing-is-written-here' },
};

for (const [name, plugin] of Object.entries(await shippedPlugins()))
  pluginContract(plugin, name in SETTINGS ? { config: SETTINGS[name] } : {});
pluginContract(tasks);
