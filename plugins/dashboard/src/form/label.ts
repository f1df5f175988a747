// Keys of a schema as people read them: `maxAttachmentBytes` is `Max attachment bytes`.
import { capital } from '../capital.ts';

const ABBREVIATIONS = new Set(['url', 'html', 'css', 'pdf', 'csv', 'id', 's3', 'dkim', 'smtp', 'api', 'ttl']);

export function labelOf(key: string): string {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => (ABBREVIATIONS.has(word.toLowerCase()) ? word.toUpperCase() : word.toLowerCase()));
  const text = words.join(' ');
  return text === '' ? key : capital(text);
}
