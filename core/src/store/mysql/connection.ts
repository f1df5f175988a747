// Chooses the server that all connections of this process use.
import type { Connection, ConnectionOptions } from 'mysql2';
import { type Clock, pause } from '../../kernel/clock.ts';
import { kindOf } from './errors.ts';
import { Session } from './session.ts';
import type { MysqlPlace } from './url.ts';

export type Mysql = typeof import('mysql2');

/** Times in milliseconds. */
const CONNECT_TIMEOUT = 5_000;
/** Do not try a failed host again for this long, unless all have failed. */
const HOST_DOWN = 10_000;
/** How long an earlier host must answer before work returns to it. */
const STEADY = 3_000;

/** The host for all connections of this process: the first that answers, in the order of the URL. */
export class Endpoint {
  readonly #needs;
  readonly #downUntil: number[];
  #current = 0;
  /** Increases when the host changes or a connection fails: older connections are closed. */
  generation = 0;

  constructor(needs: { mysql: Mysql; place: MysqlPlace; base: ConnectionOptions; clock: Clock }) {
    this.#needs = needs;
    this.#downUntil = needs.place.hosts.map(() => 0);
  }

  get current(): string {
    const { host, port } = this.#needs.place.hosts[this.#current] ?? { host: '', port: 0 };
    return `${host}:${port}`;
  }

  /** A connection to the first host that answers. Throws the last host's error. */
  async connect(setUp: (session: Session) => Promise<void>, options: ConnectionOptions = {}): Promise<Session> {
    let last: unknown;
    for (const i of this.#order()) {
      try {
        const session = await this.#open(i, setUp, options);
        this.#downUntil[i] = 0;
        return session;
      } catch (error) {
        last = error;
        this.#downUntil[i] = this.#needs.clock.now() + HOST_DOWN;
        if (kindOf(error) === 'setup') throw error;
      }
    }
    throw last;
  }

  /** The current host while it works; otherwise hosts that have not failed recently come first. */
  #order(): number[] {
    const now = this.#needs.clock.now();
    const up = (i: number): boolean => (this.#downUntil[i] ?? 0) <= now;
    const order = this.#needs.place.hosts.map((_, i) => i);
    const turn = [...order.filter(up), ...order.filter((i) => !up(i))];
    return up(this.#current) ? [this.#current, ...turn.filter((i) => i !== this.#current)] : turn;
  }

  #dial(i: number, options: ConnectionOptions = {}): Promise<Connection> {
    const place = this.#needs.place.hosts[i];
    const raw = this.#needs.mysql.createConnection({
      ...this.#needs.base,
      ...options,
      ...place,
      connectTimeout: CONNECT_TIMEOUT,
    });
    return new Promise((resolve, reject) => raw.connect((error) => (error ? reject(error) : resolve(raw))));
  }

  #moveTo(i: number): void {
    this.#current = i;
    this.generation += 1;
  }

  async #open(i: number, setUp: (session: Session) => Promise<void>, options: ConnectionOptions): Promise<Session> {
    const raw = await this.#dial(i, options);
    if (i !== this.#current) this.#moveTo(i);
    const session = new Session(raw, this.generation, this.#needs.clock);
    try {
      await setUp(session);
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /** All processes should use the same host: check whether an earlier one is back, while work continues on this one. */
  lookBack(): void {
    const now = this.#needs.clock.now();
    const i = this.#downUntil.findIndex((until, n) => n < this.#current && until <= now);
    if (i < 0) return;
    this.#downUntil[i] = now + HOST_DOWN;
    void this.#answers(i).then((answers) => {
      if (!answers || i >= this.#current) return;
      this.#downUntil[i] = 0;
      this.#moveTo(i);
    });
  }

  async #answers(i: number): Promise<boolean> {
    let session: Session | undefined;
    try {
      session = new Session(await this.#dial(i), -1, this.#needs.clock);
      await session.query('select 1');
      // A cluster node that was away briefly believes that it still belongs to the cluster.
      await pause(this.#needs.clock, STEADY);
      await session.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      session?.destroy();
    }
  }

  /** This connection's server has failed. If there are several hosts, the others come first for a while. */
  failed(session: Session): void {
    if (session.generation !== this.generation) return;
    if (this.#needs.place.hosts.length > 1) this.#downUntil[this.#current] = this.#needs.clock.now() + HOST_DOWN;
    this.suspect(session);
  }

  /** This connection did not answer. The others may be dead too, so they are closed. */
  suspect(session: Session): void {
    if (session.generation === this.generation) this.generation += 1;
  }
}
