// Attachments: stored uploads, or bytes from another plugin. Limited in number and size, and never read by path.
import { readFile } from 'node:fs/promises';
import { JobsError, type Uploads } from '@phraseworks/sdk';
import { z } from 'zod';
import { MailError } from './mail-error.ts';

export const MAX_ATTACHMENTS = 10;
const NAME = /^[^\p{Cc}/\\]{1,200}$/u;
const TYPE = /^(?!multipart\/|message\/)[a-z0-9][a-z0-9.+-]{0,60}\/[a-z0-9][a-z0-9.+-]{0,60}$/i;
const CID = /^[A-Za-z0-9._@-]{1,100}$/;
const ANY_TYPE = 'application/octet-stream';

const Filename = z.string().regex(NAME);
const Cid = z
  .string()
  .regex(CID)
  .optional()
  .describe('Shows the file in the HTML: with logo, an image whose source is cid:logo shows it.');

export const UploadAttachments = z
  .array(
    z.strictObject({
      upload: z.string().min(1).max(100).describe('ID of the stored file; set by the job system.'),
      name: z.string().max(255).optional().describe('Original name of the file.'),
      type: z.string().max(255).optional().describe('Content type of the file.'),
      size: z.number().optional().describe('Size of the file in bytes.'),
      filename: Filename.optional().describe(
        'Name that the recipient sees, such as invoice.pdf; its original name by default.',
      ),
      cid: Cid,
    }),
  )
  .max(MAX_ATTACHMENTS);

const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, {
  params: { message: 'must be a Uint8Array' },
});

export const AttachmentShape = z.strictObject({
  filename: Filename,
  content: Bytes,
  contentType: z.string().regex(TYPE),
  cid: Cid,
});

/** A file uploaded with a job. The job system sets `upload`, `name`, `type` and `size`. */
export type UploadAttachment = z.input<typeof UploadAttachments>[number];
/** Ready to be sent. */
export type Attachment = z.output<typeof AttachmentShape>;

export const AnyAttachments = z
  .array(z.union([UploadAttachments.element, AttachmentShape.partial({ contentType: true })]))
  .max(MAX_ATTACHMENTS);
export type AnyAttachment = z.input<typeof AnyAttachments>[number];

export type Attach = (wanted: readonly AnyAttachment[]) => Promise<Attachment[]>;

const safeName = (name: string): string => (NAME.test(name) ? name : 'attachment');

/** Undefined while the plugin that keeps uploads is off. */
type UploadsOfNow = () => Pick<Uploads, 'open'> | undefined;

/** Reads the files; throws `INVALID_MESSAGE` when they are too large together, `ATTACHMENT_GONE`, and `UNAVAILABLE` without uploads. */
export function createAttach(uploads: UploadsOfNow, maxBytes: number): Attach {
  return async (wanted) => {
    let left = maxBytes;
    const count = (bytes: number) => {
      left -= bytes;
      if (left < 0) throw new MailError('INVALID_MESSAGE', `attachments have more than ${maxBytes} bytes together`);
    };
    const list: Attachment[] = [];
    for (const one of wanted) {
      if ('content' in one) {
        count(one.content.byteLength);
        list.push({ ...one, contentType: one.contentType ?? ANY_TYPE });
        continue;
      }
      const { name, type, size, path } = await find(uploads(), one.upload);
      count(size);
      list.push({
        filename: one.filename ?? safeName(name),
        content: await readFile(path).catch(gone),
        contentType: TYPE.test(type) ? type : ANY_TYPE,
        cid: one.cid,
      });
    }
    return list;
  };
}

const gone = (): never => {
  throw new MailError('ATTACHMENT_GONE', 'an attached file no longer exists: it was removed with its job');
};

const find = (uploads: ReturnType<UploadsOfNow>, id: string) => {
  if (!uploads) throw new JobsError('UNAVAILABLE', 'An attached upload needs the plugin "files": enable it.');
  return uploads.open(id).catch((error: unknown) => {
    if ((error as { code?: unknown } | null)?.code === 'NOT_FOUND') return gone();
    throw error;
  });
};
