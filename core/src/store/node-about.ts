// What a process says of itself in its row, for the others and for people.

export interface AboutNode {
  version?: string;
  hostname?: string;
  roles?: string[];
  /** The lanes it claims from, each with its limit; null: none. */
  lanes?: Record<string, number | null>;
  /** The types that it runs. */
  types?: string[];
  /** Attempts at once; 0 where it claims nothing. */
  slots?: number;
  /** Attempts that ran at its last heartbeat. */
  running?: number;
  /** Of them, attempts whose processor ignored its signal. */
  stuck?: number;
  draining?: boolean;
  /** It is stopping: jobs that it leaves behind are no crash. */
  stopping?: boolean;
  plugins?: Record<string, string>;
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => typeof value === 'number';
const isList: Check = (value) => Array.isArray(value) && value.every(isText);
const isMapOf =
  (check: Check): Check =>
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(check);

const FIELDS: Record<keyof AboutNode, Check> = {
  version: isText,
  hostname: isText,
  roles: isList,
  lanes: isMapOf((limit) => limit === null || isCount(limit)),
  types: isList,
  slots: isCount,
  running: isCount,
  stuck: isCount,
  draining: isFlag,
  stopping: isFlag,
  plugins: isMapOf(isText),
};

/** Processes of older versions store nothing here. JSON that was corrupted by hand is ignored. */
export function decodeAbout(text: unknown): AboutNode {
  let said: unknown;
  try {
    said = typeof text === 'string' ? JSON.parse(text) : null;
  } catch {
    return {};
  }
  if (typeof said !== 'object' || said === null) return {};
  const fields = Object.entries(said).filter(
    ([name, value]) => Object.hasOwn(FIELDS, name) && FIELDS[name as keyof AboutNode](value),
  );
  return Object.fromEntries(fields) as AboutNode;
}
