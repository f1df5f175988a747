// Reads the template files at the start; a mail can name a template but never supply one.
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = /^[a-z0-9_-]{1,64}$/;
const HEAD = /^(Subject|Layout):[ \t]*(\S.*?)[ \t]*\r?\n/;
const BLANK = /^[ \t]*\r?\n/;
const BUILT_IN = fileURLToPath(new URL('../templates/', import.meta.url));

/** `order.hbs`, `order.txt.hbs` and `order.json`. */
const ENDS = ['.txt.hbs', '.hbs', '.json'] as const;
type End = (typeof ENDS)[number];

export interface TemplateSource {
  name: string;
  /** From a first line `Subject: ...`; it may hold variables. */
  subject: string | undefined;
  /** From a first line `Layout: ...`: the partial around it. */
  layout: string | undefined;
  /** Keeps the line numbers of the file for error messages. */
  body: string;
  /** A text part of its own, from `<name>.txt.hbs`. */
  text: string | undefined;
  /** JSON for the preview, from `<name>.json`. */
  sample: string | undefined;
  /** A name that begins with `_` is only for `{{> _name}}` and `Layout: _name` in other templates. */
  partial: boolean;
}

export function readTemplate(
  name: string,
  content: string,
  more: { text?: string | undefined; sample?: string | undefined } = {},
): TemplateSource {
  const head: Record<string, string | undefined> = {};
  let rest = content;
  for (let match = HEAD.exec(rest); match; match = HEAD.exec(rest)) {
    head[match[1] ?? ''] = match[2];
    rest = rest.slice(match[0].length);
  }
  if (rest !== content) rest = rest.replace(BLANK, '');
  const above = '\n'.repeat(content.split('\n').length - rest.split('\n').length);
  const { Subject: subject, Layout: layout } = head;
  return {
    name,
    subject,
    layout,
    body: above + (layout === undefined ? rest : `{{#> ${layout}}}${rest}{{/${layout}}}`),
    text: more.text,
    sample: more.sample,
    partial: name.startsWith('_'),
  };
}

async function readFolder(folder: string): Promise<TemplateSource[]> {
  const found = new Map<string, Partial<Record<End, string>>>();
  for (const file of (await readdir(folder)).sort()) {
    const end = ENDS.find((one) => file.endsWith(one));
    if (end === undefined) continue;
    const name = file.slice(0, -end.length);
    if (!NAME.test(name)) {
      throw new Error(`templates: the file ${file} must be named with a-z, 0-9, _ and - only, at most 64 characters`);
    }
    found.set(name, { ...found.get(name), [end]: await readFile(resolve(folder, file), 'utf8') });
  }
  return [...found].flatMap(([name, files]) => {
    const body = files['.hbs'];
    return body === undefined ? [] : [readTemplate(name, body, { text: files['.txt.hbs'], sample: files['.json'] })];
  });
}

/** The built-in templates, then those of `folder` (relative: to the working directory); the same name replaces. */
export async function readTemplates(folder?: string): Promise<Map<string, TemplateSource>> {
  const sources = new Map((await readFolder(BUILT_IN)).map((source) => [source.name, source]));
  if (folder === undefined) return sources;
  const own = await readFolder(resolve(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall === undefined) throw error;
    throw new Error(`templates: the folder cannot be read (${error.code ?? 'unknown'}): ${resolve(folder)}`);
  });
  for (const source of own) {
    sources.set(source.name, { ...source, sample: source.sample ?? sources.get(source.name)?.sample });
  }
  return sources;
}
