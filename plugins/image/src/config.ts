// What the operator sets: where pictures are written, what may be read, and the limits.
import { z } from 'zod';

const MB = 1024 * 1024;
const HOST_PORT = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+):[0-9]{1,5}$/;

const hostPort = z
  .string()
  .toLowerCase()
  .refine((text) => HOST_PORT.test(text), { params: { message: 'must be host:port, such as www.example.com:443' } });

export const ImageConfig = z.strictObject({
  /** Folder for all outputs. A relative path counts from the working directory. */
  root: z.string().min(1).default('./data/files'),
  /** Folders that `data.source` may read from; none by default. */
  sources: z.array(z.string().min(1)).default([]),
  /** Exact `host:port` that may be fetched though private or on an unusual port; none by default. */
  allowHosts: z.array(hostPort).default([]),
  limits: z
    .strictObject({
      /** Bytes of a source, counted after decompression; 20 MB by default. */
      maxBytes: z
        .int()
        .min(1024)
        .max(1024 * MB)
        .default(20 * MB),
      /** Pixels of a source and of a result, width times height; 50 million by default. */
      maxPixels: z.int().min(1).max(1_000_000_000).default(50_000_000),
      /** Width or height of a result; 8192 by default. */
      maxSide: z.int().min(1).max(16_384).default(8_192),
      /** Milliseconds for a whole download, and for each step of the processing; 30000 by default. */
      time: z.int().min(1_000).max(300_000).default(30_000),
    })
    .prefault({}),
});

export type ImageConfig = z.output<typeof ImageConfig>;
export type Limits = ImageConfig['limits'];
