// Files that came with a job over HTTP: the processor gets a reference and asks for the path.
import { token } from './token.ts';

/** What a job's data has instead of the file. */
export interface UploadReference {
  upload: string;
  name: string;
  type: string;
  /** Bytes. */
  size: number;
}

export interface StoredUpload extends UploadReference {
  /** Readable on this machine. */
  path: string;
  sha256: string;
}

/** Files that came with a job: `needs: { uploads: Uploads }`. */
export interface Uploads {
  /** Throws `NOT_FOUND` when there is no such upload, or it was removed. */
  open(reference: UploadReference | string): Promise<StoredUpload>;
}
export const Uploads = token<Uploads>('core/uploads');

/** Is this the value that the host puts in the place of an uploaded file? */
export function isUpload(value: unknown): value is UploadReference {
  return typeof value === 'object' && value !== null && typeof (value as { upload?: unknown }).upload === 'string';
}
