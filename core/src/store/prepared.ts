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
  const names = parameters.map((value) => (value instanceof Marker ? (value.name as keyof P) : undefined));
  return {
    sql,
    bind: (params) => {
      // A loop over a list of known length: this runs several times for every job.
      const values = new Array<unknown>(names.length);
      for (let i = 0; i < names.length; i += 1) {
        const name = names[i];
        values[i] = name === undefined ? parameters[i] : params[name];
      }
      return values;
    },
  };
}

/** The placeholders of a list. */
export const places = (list: readonly unknown[]): string => list.map(() => '?').join(', ');
