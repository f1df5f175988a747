// The CMS's plugins, and which of them are active: it keeps that in its table of options.
import draftReminder from './plugins/draftReminder/index.js';

export const pluginMeta = [draftReminder];

const active = new Set(['draftReminder']);

export const activePlugins = () => [...active];

export function setActive(slug, isActive) {
  if (isActive) active.add(slug);
  else active.delete(slug);
}
