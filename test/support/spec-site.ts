// The site that the specification's code talks to: e-mail into the local mailbox, pictures from this machine, module functions.
import { join } from 'node:path';
import email from '@phraseworks/plugin-email';
import image from '@phraseworks/plugin-image';
import { createTestJobs, type TestJobs, type TestOptions } from '@phraseworks/testing';
import { temporaryFolder } from './folder.ts';
import { type PictureServer, pictureServer } from './picture-server.ts';

export interface SpecSite extends TestJobs {
  pictures: PictureServer;
  /** Where the image plugin writes. */
  root: string;
  /** Newest first. */
  mails(): Promise<{ to: string; subject: string }[]>;
}

/** The module-level functions of the SDK go to it. */
export async function openSpecSite(options: TestOptions = {}): Promise<SpecSite> {
  const folder = await temporaryFolder();
  const pictures = await pictureServer();
  const root = join(folder, 'files');
  const jobs = await createTestJobs({
    default: true,
    storage: { files: { folder: root }, uploads: { folder: join(folder, 'uploads') } },
    ...options,
    plugins: {
      email: { use: email, config: { mailbox: { port: 0 } } },
      image: { use: image, config: { allowHosts: [pictures.host] } },
      ...options.plugins,
    },
  });
  const mails = async () => {
    const response = await jobs.request('/plugins/email/mailbox');
    return ((await response.json()) as { messages: { to: string; subject: string }[] }).messages;
  };
  return Object.assign(jobs, { pictures, root, mails });
}
