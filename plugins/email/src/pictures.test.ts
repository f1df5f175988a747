// A mail is shown with its attached pictures.
import { expect, test } from 'vitest';
import { htmlWithPictures } from './mailbox-routes.ts';

const attachment = (contentId: string, mimeType: string) => ({
  filename: 'a',
  mimeType,
  disposition: 'inline' as const,
  contentId,
  content: new Uint8Array([1, 2, 3]).buffer,
});

test('pictures of the mail are embedded in its HTML; missing ones and other files are left unchanged', () => {
  const html = `<img src="cid:a@x"><img src='cid:b@x'><img src="cid:page@x"><img src="https://x.test/a.png">`;
  const attachments = [attachment('<a@x>', 'image/png'), attachment('<page@x>', 'image/svg+xml')];
  expect(htmlWithPictures({ html, attachments })).toBe(
    `<img src="data:image/png;base64,AQID"><img src='cid:b@x'><img src="cid:page@x"><img src="https://x.test/a.png">`,
  );
  expect(htmlWithPictures({ attachments })).toBeUndefined();
});
