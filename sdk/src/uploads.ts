// Files that came with a job over HTTP: the processor gets a reference and asks for the path.
import { token } from './token.ts';

/** The value in a job's data that refers to the file. */
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

/** Files sent with a job: `needs: { uploads: Uploads }`. */
export interface Uploads {
  /** Throws `NOT_FOUND` if the upload does not exist or was removed. */
  open(reference: UploadReference | string): Promise<StoredUpload>;
}
export const Uploads = token<Uploads>('core/uploads');

/** Is this the reference that the host stores for an uploaded file? */
export function isUpload(value: unknown): value is UploadReference {
  return typeof value === 'object' && value !== null && typeof (value as { upload?: unknown }).upload === 'string';
}
