// The contract of plugins, held by those that are shipped and by a plain module as the specification writes it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginContract } from '@phraseworks/testing';
import { afterAll } from 'vitest';
import * as tasks from '../support/plugin-module.ts';
import { shippedPlugins } from '../support/shipped.ts';

const folder = mkdtempSync(join(tmpdir(), 'pwj-contract-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const host = {
  storage: { backups: { folder }, files: { folder }, reports: { folder }, uploads: { folder } },
};
const SETTINGS: Record<string, object> = {
  cleanup: { roots: [] },
  // A port of the system's choice.
  email: { mailbox: { port: 0 } },
};

for (const [name, plugin] of Object.entries(await shippedPlugins()))
  pluginContract(plugin, { host, ...(name in SETTINGS ? { config: SETTINGS[name] } : {}) });
pluginContract(tasks);
