// useUpload: uploads a file as a job, from the first byte to the result.
import { useCallback, useState, useSyncExternalStore } from 'react';
import type { NewClientJob } from '../client/index.ts';
import type { DataOf, Job, JobTypes, NewJob } from '../job.ts';
import type { Named } from '../spelling.ts';
import { useJobsClient } from './provider.ts';
import { IDLE, Uploader, type UploadState } from './uploader.ts';

/** Fields of the job besides its type and data. */
export type UploadOptions = Omit<NewJob, 'type' | 'data'>;

export interface Upload<T extends string = string> extends UploadState<T> {
  /**
   * Sends the file as `data.file` of a new job, with the other fields of its data. Resolves with the job, or with null if none was
   * added: then `error` says why. Never throws.
   */
  upload: (file: Blob, data?: Partial<Omit<DataOf<T>, 'file'>>) => Promise<Job<T> | null>;
  /** Stops the upload; once the job was added, cancels the job. */
  cancel: () => void;
}

/** Uploads files as jobs of this type, one at a time. Unmounting the component stops an upload in progress. */
export function useUpload<T extends Named<T, JobTypes>>(type: T, options?: UploadOptions): Upload<T> {
  const client = useJobsClient();
  const [uploader] = useState(() => new Uploader<T>());
  const state = useSyncExternalStore(
    uploader.subscribe,
    () => uploader.state,
    (): UploadState<T> => IDLE,
  );
  const upload = useCallback<Upload<T>['upload']>(
    (file, data) => uploader.send(client, { ...options, type, data: { ...data, file } as NewClientJob<T>['data'] }),
    [uploader, client, type, options],
  );
  return { ...state, upload, cancel: uploader.cancel };
}
