// The file of the day: one section per engine, so that each can be measured on its own.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts a section in the place of the one with its title, else at the end; the other sections stay as they are. */
export function withSection(text: string, title: string, body: readonly string[]): string {
  const [head = '', ...sections] = text.split(/^(?=## )/m);
  const section = [`## ${title}`, '', ...body, ''].join('\n');
  const at = sections.findIndex((one) => one.startsWith(`## ${title}\n`));
  if (at === -1) sections.push(section);
  else sections[at] = section;
  return [head.trim() === '' ? '# Benchmark' : head.trimEnd(), ...sections.map((one) => one.trimEnd())]
    .join('\n\n')
    .concat('\n');
}

/** Answers the path of the file. */
export function writeSection(folder: string, day: string, title: string, body: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${day}.md`);
  writeFileSync(file, withSection(existsSync(file) ? readFileSync(file, 'utf8') : '', title, body));
  return file;
}
