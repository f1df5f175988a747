// What is not shown to everybody: which values are secrets, by the names of their keys or by what a schema says, and what stands in their place. Pure.
import { branches, child, type Node } from './json-schema.ts';

export const MASK = '********';

const NAME =
  /^(?:.*[-_.])?(?:pwd|pass(?:word|phrase|wd|code)?|secret|token|bearer|jwt|authorization|cookies?|credentials?|api[-_]?key|(?:secret[-_]?access|private|secret|access|client|auth|session|refresh|signing|encryption)[-_]?(?:key|secret|token))$/i;
/** The last word in camel case: `userPassword`, `smtpToken`, `awsSecretAccessKey`. */
const LAST_WORD =
  /[a-z0-9](?:Pass(?:word|phrase|wd|code)?|Secret|Token|Jwt|Authorization|Cookies?|Credentials?|(?:Api|Private|Secret|Access|Client|Auth|Session|Signing|Encryption)Key)$/;
/** Lists of them; tokens may be a number of words. */
const SEVERAL = /^(?:passwords|secrets|(?:api|private|secret|access|signing)[-_]?keys)$/i;
/** Without the scheme: a long text of nothing but letters would be walked through from each of them. */
const PASSWORD_IN_TEXT = /:\/\/([^\s/:@]*):[^\s/@]+@/g;
/** Longer keys are no names. */
const LONGEST_NAME = 200;

/** `password`, `smtpToken`, `x-api-key`; not `maxTokens` or `author`. */
export const isSecretName = (key: string): boolean =>
  key.length <= LONGEST_NAME && (NAME.test(key) || LAST_WORD.test(key) || SEVERAL.test(key));

/** A text without the passwords of URLs in it. */
export const withoutPasswords = (text: string, mask = MASK): string =>
  text.replace(PASSWORD_IN_TEXT, (_, user: string) => `://${user}:${mask}@`);

/** The value with a mask in place of its secrets; the same one where it has none. What is empty, true or false is no secret. */
export function withoutSecrets<T>(value: T, schema: Node | null = null): T {
  return hide(value, schema === null ? [] : [schema], 0) as T;
}

function hide(value: unknown, nodes: readonly Node[], key: string | number): unknown {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return value;
  if ((typeof key === 'string' && isSecretName(key)) || isMarked(nodes)) return MASK;
  if (typeof value === 'string') return withoutPasswords(value);
  if (typeof value !== 'object') return value;
  const isList = Array.isArray(value);
  let found = false;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    const place = isList ? Number(name) : name;
    const shown = hide(inner, nodes.length === 0 ? nodes : child(nodes, place), place);
    found ||= shown !== inner;
    return [name, shown];
  });
  if (!found) return value;
  return isList ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

const isMarked = (nodes: readonly Node[]): boolean =>
  nodes.flatMap(branches).some((node) => node.secret === true || node.writeOnly === true || node.format === 'password');
