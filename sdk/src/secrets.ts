// Recognises secrets: by the name of a key, by a schema, or by the form of a text. The only such list; core, logs and pages use it. Pure.

/** Shown instead of a secret. */
export const MASK = '********';

/** A part of a JSON Schema. */
export type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The root of references, for schemas passed to `withReferences`. */
const targets = new WeakMap<Node, Node>();
const linked = new WeakSet<Node>();

/** Returns the schema; from then on `branches` and `child` follow its references to its own parts (`$ref: '#/$defs/Name'`). */
export function withReferences(root: Node): Node {
  const link = (part: unknown): void => {
    if (isNode(part) && typeof part.$ref === 'string') {
      const target = partAt(root, part.$ref);
      if (target) targets.set(part, target);
    }
    if (typeof part === 'object' && part !== null) for (const inner of Object.values(part)) link(inner);
  };
  if (!linked.has(root)) link(root);
  linked.add(root);
  return root;
}

/** Resolves a JSON pointer (RFC 6901) that begins with `#`. */
export function partAt(root: Node, reference: string): Node | undefined {
  if (!/^#(\/|$)/.test(reference)) return undefined;
  let part: unknown = root;
  for (const key of reference.split('/').slice(1)) {
    const name = decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
    part = isNode(part) && Object.hasOwn(part, name) ? part[name] : undefined;
  }
  return isNode(part) ? part : undefined;
}

/** A node and its alternatives: the parts of `anyOf`, `oneOf` and `allOf`, and the target of its reference, at any depth. */
export function branches(node: Node): Node[] {
  const found = new Set<Node>();
  const add = (part: Node): void => {
    if (found.has(part)) return;
    found.add(part);
    for (const list of [part.anyOf, part.oneOf, part.allOf])
      if (Array.isArray(list)) for (const inner of list) if (isNode(inner)) add(inner);
    const target = targets.get(part);
    if (target) add(target);
  };
  add(node);
  return [...found];
}

/** The nodes that describe the value at `key`; a number for a list. */
export function child(nodes: readonly Node[], key: string | number): Node[] {
  return nodes.flatMap(branches).flatMap((node) => (typeof key === 'number' ? item(node, key) : property(node, key)));
}

function item({ prefixItems, items }: Node, at: number): Node[] {
  const own = Array.isArray(prefixItems) && at < prefixItems.length ? prefixItems[at] : items;
  return isNode(own) ? [own] : [];
}

function property({ properties, patternProperties, additionalProperties }: Node, key: string): Node[] {
  const named = isNode(properties) && Object.hasOwn(properties, key) ? [properties[key]] : [];
  const alike = isNode(patternProperties) ? Object.entries(patternProperties) : [];
  const own = [...named, ...alike.filter(([pattern]) => new RegExp(pattern, 'u').test(key)).map(([, node]) => node)];
  return (own.length > 0 ? own : [additionalProperties]).filter(isNode);
}

const words = (text: string): Set<string> => new Set(text.trim().split(/\s+/));

/** Keys that end with one of these hold secrets. `tokens` and `keys` alone may be numbers or names. */
const SECRETS =
  words(`pw pwd pass password passwords passwd passwort kennwort passphrase passcode secret secrets token bearer jwt
  authorization auth_header cookie cookies credential credentials pin otp totp mfa twofactor cvv cvc csrf xsrf
  apikey apikeys secretkey secretkeys privatekey accesskey sshkey masterkey sharedkey authkey signingkey
  encryptionkey apitoken accesstoken authtoken refreshtoken clientsecret sessionid sessid phpsessid jsessionid
  connectionstring connstring connstr resetlink magiclink backupcodes recoverycodes mnemonic`);

/** Words that are secrets only after one of these: `apiKey`, `sessionId`, `backupCodes`, `resetLink`. */
const AFTER: readonly { of: Set<string>; after: Set<string> }[] = [
  {
    of: words('key keys'),
    after: words(`api private secret access client auth session refresh signing encryption ssh master shared hmac
      storage account service webhook gpg pgp ssl tls aes rsa host license licence recovery deploy`),
  },
  {
    of: words('tokens'),
    after: words('access refresh auth api session bearer device reset push csrf personal'),
  },
  { of: words('id ids'), after: words('session sess key') },
  { of: words('string'), after: words('connection conn') },
  {
    of: words('link links url urls uri'),
    after: words(
      'reset magic login signin invite invitation activation activate verification verify confirmation recovery',
    ),
  },
  {
    of: words('code codes'),
    after: words(
      'backup recovery otp verification security auth pin pass reset factor mfa access login signin scratch',
    ),
  },
  { of: words('phrase'), after: words('pass seed recovery secret') },
];

/** Words that may follow: `password1`, `password_confirmation`, `newTokenHash`. */
const TRAILING = words(
  'confirmation confirm confirmed repeat repeated again retype value text plain hash hashed old new current base64 hex pem der jwk',
);

/** Written as one word: `dbpass`, `mysqlpw`, `userpassword`. */
const COMPOUND = /(?:password|passwd|passwort|kennwort|passphrase|pwd|pw)$/;
const COMPOUND_PASS = /^(?!(?:com|en?com|by|tres|sur|under|over|im)pass$).+pass$/;

/** Longer keys are data, not names. */
const LONGEST_NAME = 200;
const MOST_KNOWN = 5_000;
const known = new Map<string, boolean>();

/** `password`, `smtpToken`, `x-api-key`, `backupCodes`; not `maxTokens` or `author`. */
export function isSecretName(key: string): boolean {
  if (key.length > LONGEST_NAME) return false;
  const before = known.get(key);
  if (before !== undefined) return before;
  const answer = namesSecret(key);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, answer);
  return answer;
}

function namesSecret(key: string): boolean {
  const parts = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/^\d+|\d+$/g, ''))
    .filter((word) => word !== '');
  while (parts.length > 1 && TRAILING.has(parts.at(-1) ?? '')) parts.pop();
  const last = parts.at(-1) ?? '';
  const previous = parts.at(-2) ?? '';
  if (SECRETS.has(last) || SECRETS.has(previous + last) || COMPOUND.test(last) || COMPOUND_PASS.test(last)) return true;
  return AFTER.some(({ of, after }) => of.has(last) && after.has(previous));
}

/** Query parameters that grant access, besides those whose names show it. */
const IN_QUERY = words('code key sig signature access_key x-amz-signature x-amz-credential x-amz-security-token');

/** Values that only say whether there is a password. */
const NOT_SAID = /^(?:yes|no|true|false|null|undefined|none|\*+)$/i;

/** Without one of these, no pattern below can match. */
const SUSPECT =
  /:\/\/|=|:\s|bearer|authorization|cookie|api[-_]?key|-----BEGIN|eyJ|_live_|_test_|gh[opsur]_|_pat_|glpat-|sk-|SG\.|AIza|xox|AKIA|hooks\.slack|["']\s*:|:\s*["'\\]/i;

/** Without the scheme, so that a long text of letters is not scanned from each of them. A port is not a password. */
const USER_AND_PASSWORD = /:\/\/([^\s/:@?#"'<>]{0,256}):(?!\d{1,5}(?:[/?#,;)]|$))(?:[^\s/"'<>]|\/(?!\/)){1,1024}@/g;
const TOKEN_AS_USER = /(https?:\/\/)[^\s/:@?#"'<>]{1,1024}@/gi;
/** Quotes may be escaped, as in JSON within JSON, and a truncated text has no closing quote. */
const ASSIGNED =
  /(?<![\w.$-])((?:\\{0,7}["'])?)([\w.$-]{1,64})\1(\s{0,4}=\s{0,4}|(?<=["'])\s{0,4}:\s{0,4}|\s{0,4}:\s{0,4}(?=\\{0,7}["'`]))(?:(["'`])((?:(?!\4)[^\\]|\\[\s\S]){0,4096})(\4?)|(\\{1,7}["'])((?:(?!(?<!\\)\7)[\s\S]){0,4096})(\7?)|([^\s"'`,;&<>(){}[\]]{1,4096}))/g;
/** `Password: x` without quotes. If the value is itself a name, as in `failed: password: x`, it is checked next. */
const SPOKEN = /(?<![\w.$-])([\w-]{1,64})(\s{0,4}:[ \t]{1,4})(?![\w-]{1,64}:\s)([^\s"'`,;&<>(){}[\]]{1,4096})/g;
const HEADER =
  /\b((?:proxy-)?authorization|set-cookie|cookie|x-[\w-]{0,40}(?:key|token|secret))(["']?\s{0,4}:\s{0,4})(?!["'`])([^\r\n"']{1,4096})/gi;
const BEARER = /\b(bearer|basic)(\s+)([\w.~+/=-]{1,4096})/gi;
/** The body ends before the next dashes, so that headers without an end are not scanned from each of them. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){0,20000}(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g;
const SLACK_HOOK = /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]{1,256}/gi;
/** JSON web tokens, and keys with recognisable prefixes: Stripe, GitHub, GitLab, OpenAI, Anthropic, SendGrid, Google, Slack and AWS. */
const KNOWN_TOKEN =
  /(?<![\w-])eyJ[\w-]{8,4096}\.[\w-]{4,8192}(?:\.[\w-]{0,4096})?|\b(?:[spr]k_(?:live|test)_\w{8,256}|gh[opsur]_\w{20,256}|github_pat_\w{20,256}|glpat-[\w-]{16,256}|sk-(?:proj|svcacct|admin|ant)-[\w-]{16,256}|SG\.[\w-]{16,64}\.[\w-]{16,128}|AIza[\w-]{30,64}|xox[abeoprs]-[\w-]{8,256}|AKIA[0-9A-Z]{16})/g;

type Replacement = (all: string, ...found: (string | number | undefined)[]) => string;

/** Quoted text is scanned again: a message in JSON may hold `password=x`. */
const assigned =
  (mask: string): Replacement =>
  (all, around, name, sign, quote, quoted, end, slashed, inSlashed, slashedEnd, bare, at, whole) => {
    const open = quote ?? slashed ?? '';
    const value = `${quoted ?? inSlashed ?? bare ?? ''}`;
    const close = end ?? slashedEnd ?? '';
    const inQuery =
      sign === '=' && /[?&;]/.test(`${whole}`[Number(at) - 1] ?? '') && IN_QUERY.has(`${name}`.toLowerCase());
    const before = `${around}${name}${around}${sign}${open}`;
    if (!inQuery && !isSecretName(`${name}`))
      return open === '' ? all : `${before}${value.replace(ASSIGNED, assigned(mask))}${close}`;
    return value === '' || NOT_SAID.test(value) ? all : `${before}${mask}${close}`;
  };

/** "Bearer of news" and "basic authentication" are words, not tokens. */
const isToken = (scheme: string, token: string): boolean =>
  scheme === 'Bearer' || /[\d._~+/=-]./.test(token) || token.length >= 20;

/** "Password: must be text" and "token: expired" are words. A password stands alone, or has other characters than letters. */
const isSpoken = (name: string, value: string, after: string): boolean =>
  /[\d#$%^&*+=~|@\\]/.test(value) || (/pass|pwd|pw$|wort$/i.test(name) && /^[ \t]{0,8}(?:[\r\n,;]|$)/.test(after));

/** In this order. None matches an empty text. */
const passesFor = (mask: string): [RegExp, Replacement][] => [
  [PRIVATE_KEY, () => mask],
  [USER_AND_PASSWORD, (_, user) => `://${user}:${mask}@`],
  [TOKEN_AS_USER, (_, scheme) => `${scheme}${mask}@`],
  [SLACK_HOOK, (_, place) => `${place}${mask}`],
  [HEADER, (_, name, colon) => `${name}${colon}${mask}`],
  [BEARER, (all, scheme, space, token) => (isToken(`${scheme}`, `${token}`) ? `${scheme}${space}${mask}` : all)],
  [ASSIGNED, assigned(mask)],
  [
    SPOKEN,
    (all, ...found) => {
      const [name, colon, value, at, whole] = found as [string, string, string, number, string];
      return isSecretName(name) && !NOT_SAID.test(value) && isSpoken(name, value, whole.slice(at + all.length))
        ? `${name}${colon}${mask}`
        : all;
    },
  ],
  [KNOWN_TOKEN, () => mask],
];

const PASSES = passesFor(MASK);

/** Masks passwords, tokens and keys in a text: in URLs, queries, headers, `name=value`, JSON, and by their form. */
export function maskText(text: string, mask = MASK): string {
  if (!SUSPECT.test(text)) return text;
  const passes = mask === MASK ? PASSES : passesFor(mask);
  let shown = text;
  for (const [pattern, replacement] of passes) shown = shown.replace(pattern, replacement);
  return shown;
}

/** Characters and values that a walk looks at before it may rest. */
const STRETCH = 4_096;

/** The same for a long text, with rests between the secrets. */
function* maskLongText(text: string): Generator<void, string> {
  if (!SUSPECT.test(text)) return text;
  let whole = text;
  for (const [pattern, replacement] of PASSES) {
    const next = new RegExp(pattern);
    let masked = '';
    let done = 0;
    let rested = 0;
    for (let found = next.exec(whole); found; found = next.exec(whole)) {
      const [all, ...groups] = found;
      masked += whole.slice(done, found.index) + replacement(all, ...groups, found.index, whole);
      done = found.index + all.length;
      if (done - rested < STRETCH) continue;
      rested = done;
      yield;
    }
    if (done > 0) whole = masked + whole.slice(done);
    yield;
  }
  return whole;
}

/** The most characters in which a pattern above must find its end to match, such as the `@` after a password. */
const REACH = 1_500;

/** The first `most` characters of a text without its secrets. It masks before it cuts, since half a secret is not recognised. */
export const maskStart = (text: string, most: number, mask = MASK): string =>
  maskText(withoutHalfWord(text, most + REACH), mask).slice(0, most);

/** For a text that is stored: as it is, or its masked beginning if it is longer than `most`. */
export const shortened = (text: string, most: number): string => (text.length <= most ? text : maskStart(text, most));

/** The first `most` characters, without the last word: it may be half a secret. */
function withoutHalfWord(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = most;
  while (end > most - REACH && !/\s/.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

const MOST_DEPTH = 100;

interface MaskOptions {
  /** Also masks what a schema marks as confidential, for readers without the right to operate, such as the text of a mail. */
  confidential?: boolean;
}

/** Masks the secrets in a value; returns the same value if it has none. Empty, true and false are never secret. */
export function maskSecrets<T>(value: T, schema: Node | null = null, options: MaskOptions = {}): T {
  const walk = masking(value, schema, options);
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value as T;
  }
}

/**
 * The same for a value of any size: asks `rest` after each short stretch, and waits for what it returns, so that other work of the
 * process can run in between. What `rest` throws ends the work.
 */
export async function maskInStretches<T>(
  value: T,
  schema: Node | null,
  { rest, ...options }: MaskOptions & { rest: () => Promise<void> | undefined },
): Promise<T> {
  const walk = masking(value, schema, options);
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value as T;
    const resting = rest();
    if (resting) await resting;
  }
}

interface Walk {
  /** Does a node of the schema say that its value is secret? */
  marks(node: Node): boolean;
  /** What is left of the stretch. */
  left: number;
}

function* masking(
  value: unknown,
  schema: Node | null,
  { confidential = false }: MaskOptions,
): Generator<void, unknown> {
  const marks = (node: Node) =>
    node.secret === true ||
    node.writeOnly === true ||
    node.format === 'password' ||
    (confidential && node.confidential === true);
  const nodes = schema === null ? [] : [withReferences(schema)];
  const walk = { marks, left: STRETCH };
  const shown = fromOutside(value, nodes, walk, 0, 0);
  return shown === INSIDE ? yield* fromInside(value as object | string, nodes, walk) : shown;
}

/** This value must be walked through. */
const INSIDE = Symbol('inside');
/** Shorter texts are masked in one go. */
const LONG_TEXT = 16_384;

function fromOutside(value: unknown, nodes: readonly Node[], walk: Walk, key: string | number, depth: number): unknown {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return value;
  if (typeof key === 'string' && isSecretName(key)) return MASK;
  if (nodes.length > 0 && nodes.some((node) => branches(node).some(walk.marks))) return MASK;
  if (typeof value === 'string') return value.length > LONG_TEXT ? INSIDE : maskText(value);
  if (typeof value !== 'object') return value;
  return depth > MOST_DEPTH ? MASK : INSIDE;
}

function* fromInside(value: object | string, nodes: readonly Node[], walk: Walk, depth = 0): Generator<void, unknown> {
  if (typeof value === 'string') return yield* maskLongText(value);
  const values = value as Record<string | number, unknown>;
  // Nearly all values contain no secret, so they are scanned without a copy.
  let copy: typeof values | undefined;
  for (const place of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const inner = values[place];
    const below = nodes.length === 0 ? nodes : child(nodes, place);
    walk.left -= typeof inner === 'string' ? inner.length + 1 : 1;
    if (walk.left < 0) {
      walk.left = STRETCH;
      yield;
    }
    let shown = fromOutside(inner, below, walk, place, depth + 1);
    if (shown === INSIDE) shown = yield* fromInside(inner as object | string, below, walk, depth + 1);
    if (shown === inner) continue;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as typeof values;
    copy[place] = shown;
  }
  return copy ?? value;
}
