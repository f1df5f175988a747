// The CMS's plugins.
import draftReminder from './plugins/draftReminder/index.js';

export const pluginMeta = [draftReminder];
