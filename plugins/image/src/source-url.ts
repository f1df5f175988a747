// The address of a picture as a job may write it.
import { z } from 'zod';
import { fetchableUrl } from './address-guard.ts';

export const sourceUrl = z
  .string()
  .max(2_048)
  .refine((text) => fetchableUrl(text) !== null, {
    params: { message: 'must be an http(s) URL without user and password' },
  });
