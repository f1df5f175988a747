// Puts the comments on the fields of schemas into their declarations, where the compiler leaves them out: editors show them to authors of plugins.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In the order in which they import each other. */
const FILES = ['blocks', 'requests', 'jobs', 'site'];

const SCHEMA = /^export const (\w+) = z\.strictObject\(\{\n([\s\S]*?)^\}\);/gm;
const FIELD = /^((?: {2}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?) {2}(?:(\w+):|\.\.\.(\w+)\.shape)/gm;
const DECLARED = /^export declare const (\w+): z\.ZodObject<\{\n[\s\S]*?^\}, z\.core\.\$strict>;/gm;

type Comments = Map<string, string>;

/** By the names of the schemas, then of their fields, those of another schema included. */
function commentsIn(source: string, found: Map<string, Comments>): void {
  for (const [, schema = '', body = ''] of source.matchAll(SCHEMA)) {
    const own: Comments = new Map();
    for (const [, comment = '', field = '', other = ''] of body.matchAll(FIELD)) {
      for (const [name, inherited] of found.get(other) ?? []) own.set(name, inherited);
      if (field !== '' && comment !== '') own.set(field, comment);
    }
    found.set(schema, own);
  }
}

export function addFieldComments(contract: { src: string; dist: string }): void {
  const found = new Map<string, Comments>();
  for (const file of FILES) {
    commentsIn(readFileSync(join(contract.src, `${file}.ts`), 'utf8'), found);
    const path = join(contract.dist, `${file}.d.ts`);
    const commented = readFileSync(path, 'utf8').replaceAll(DECLARED, (declared: string, schema: string) =>
      declared.replaceAll(/(?<!\*\/\n)^ {4}(\w+): /gm, (field: string, name: string) => {
        const comment = found.get(schema)?.get(name);
        return comment === undefined ? field : `${comment.replaceAll(/^ {2}/gm, '    ')}${field}`;
      }),
    );
    writeFileSync(path, commented);
  }
}
