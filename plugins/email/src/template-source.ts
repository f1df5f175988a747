// The templates as files: read once, when the plugin starts, so that a mail can name one but never bring one.
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = /^[a-z0-9_-]{1,64}$/;
const SUBJECT = /^Subject:[ \t]*(\S.*?)[ \t]*\r?\n(?:[ \t]*\r?\n)?/;
const BUILT_IN = fileURLToPath(new URL('../templates/', import.meta.url));

export interface TemplateSource {
  name: string;
  /** From a first line `Subject: ...`; it may hold variables. */
  subject: string | undefined;
  body: string;
  /** A name that begins with `_` is only for `{{> _name}}` in other templates. */
  partial: boolean;
}

export function readTemplate(name: string, content: string): TemplateSource {
  const head = SUBJECT.exec(content);
  return {
    name,
    subject: head?.[1],
    body: head ? content.slice(head[0].length) : content,
    partial: name.startsWith('_'),
  };
}

async function readFolder(folder: string): Promise<TemplateSource[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.hbs')).sort();
  return Promise.all(
    files.map(async (file) => {
      const name = file.slice(0, -'.hbs'.length);
      if (!NAME.test(name)) {
        throw new Error(`templates: the file ${file} must be named with a-z, 0-9, _ and - only, at most 64 characters`);
      }
      return readTemplate(name, await readFile(resolve(folder, file), 'utf8'));
    }),
  );
}

/** The built-in templates, then those of `folder` (relative: to the working directory); the same name replaces. */
export async function readTemplates(folder?: string): Promise<Map<string, TemplateSource>> {
  const sources = await readFolder(BUILT_IN);
  if (folder !== undefined) {
    const own = await readFolder(resolve(folder)).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined) throw error;
      throw new Error(`templates: the folder cannot be read (${error.code ?? 'unknown'}): ${resolve(folder)}`);
    });
    sources.push(...own);
  }
  return new Map(sources.map((source) => [source.name, source]));
}
