// Hot statements: built with Kysely once, then run with new values, so that neither builder nor compiler is on the hot path.
import type { Compilable } from 'kysely';

class Marker {
  readonly name: PropertyKey;

  constructor(name: PropertyKey) {
    this.name = name;
  }
}

export interface Prepared<P, R = unknown> {
  readonly sql: string;
  /** The values in the order of their placeholders. */
  bind(params: P): unknown[];
  /** Never set: carries the type of a row. */
  readonly R?: R;
}

/** `prepare<{ id: string }>((p) => db.selectFrom('pwj_jobs').where('id', '=', p.id))` */
export function prepare<P extends object, R = unknown>(build: (param: P) => Compilable): Prepared<P, R> {
  const markers = new Proxy({} as P, { get: (_, name) => new Marker(name) });
  const { sql, parameters } = build(markers).compile();
  const slots = parameters.map((value) => (value instanceof Marker ? { name: value.name as keyof P } : { value }));
  return {
    sql,
    bind: (params) => slots.map((slot) => ('name' in slot ? params[slot.name] : slot.value)),
  };
}
