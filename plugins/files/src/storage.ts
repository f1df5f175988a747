// The storage service: targets by their name in the configuration. Another target needs a class with the methods of `FileStore`, and a line here.
import type { FileStore, PluginClock, Storage, StorageTarget } from '@phraseworks/sdk';
import { readTarget } from './config.ts';
import { Folder } from './folder.ts';
import { Bucket } from './s3.ts';

type Targets = Readonly<Record<string, StorageTarget>>;

/** Throws `INVALID_CONFIG` if a target to use instead of a configured one has mistakes. */
export const createStorage = (targets: Targets, clock: Pick<PluginClock, 'now'>): Storage => ({
  open(name, instead): FileStore {
    const { folder = `data/${name}`, s3 } = instead ? readTarget(name, instead) : (targets[name] ?? {});
    return s3 ? new Bucket(s3, folder) : new Folder(folder, () => clock.now());
  },
});
