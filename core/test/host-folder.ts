// A folder like that of an application: files of its own, and packages in node_modules, the SDK among them.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface HostFolder {
  path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Path and content of each file. */
export async function hostFolder(files: Record<string, string | object>): Promise<HostFolder> {
  const path = await mkdtemp(join(tmpdir(), 'host-'));
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
  await mkdir(join(path, 'node_modules/@phraseworks'), { recursive: true });
  await symlink(fileURLToPath(new URL('../../sdk', import.meta.url)), join(path, 'node_modules/@phraseworks/sdk'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
