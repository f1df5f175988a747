// What is a secret in the data of a job: by the name of its key, or by what the schema of its type says.

type Node = Readonly<Record<string, unknown>>;

const NAME =
  /^(?:.*[-_.])?(?:pwd|pass(?:word|phrase|wd|code)?|secret|token|bearer|jwt|authorization|cookies?|credentials?|api[-_]?key|(?:secret[-_]?access|private|secret|access|client|auth|session|refresh|signing|encryption)[-_]?(?:key|secret|token))$/i;
/** The last word in camel case: `userPassword`, `smtpToken`, `awsSecretAccessKey`. */
const LAST_WORD =
  /[a-z0-9](?:Pass(?:word|phrase|wd|code)?|Secret|Token|Jwt|Authorization|Cookies?|Credentials?|(?:Api|Private|Secret|Access|Client|Auth|Session|Signing|Encryption)Key)$/;
/** Lists of them; tokens may be a number of words. */
const SEVERAL = /^(?:passwords|secrets|(?:api|private|secret|access|signing)[-_]?keys)$/i;

export const isSecretName = (key: string): boolean => NAME.test(key) || LAST_WORD.test(key) || SEVERAL.test(key);

/** What a schema says about one place: the nodes that may describe it. */
export type Place = readonly Node[];

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A node, and what it may be instead. */
const branches = (node: Node): Node[] => [
  node,
  ...[node.anyOf, node.oneOf, node.allOf].flatMap((list) =>
    Array.isArray(list) ? list.filter(isNode).flatMap(branches) : [],
  ),
];

export const placeOf = (schema: unknown): Place => (isNode(schema) ? branches(schema) : []);

/** The place of an entry; of a list with a number. */
export const inside = (place: Place, key: string | number): Place =>
  place.flatMap(({ properties, additionalProperties, items }) => {
    if (typeof key === 'number') return placeOf(items);
    return placeOf(isNode(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties);
  });

export const isSecretPlace = (place: Place): boolean =>
  place.some((node) => node.secret === true || node.writeOnly === true || node.format === 'password');
