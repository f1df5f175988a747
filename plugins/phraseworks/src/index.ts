// Connects the job system with the PhraseWorks CMS, which keeps its own job types, tasks, plugins and WebSocket.
export { type CmsPlugin, cmsPlugins, followPlugins } from './cms-plugins.ts';
export {
  type Client,
  type Enqueued,
  type JobQueue,
  type PhraseWorks,
  type PhraseWorksOptions,
  phraseWorks,
} from './phraseworks.ts';
export type { Task } from './tasks.ts';
