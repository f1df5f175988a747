// Cuts a stream of the MySQL protocol into its packets. Not for TLS or compression: there is nothing to read in those.

interface Packet {
  /** Place in its exchange; a command has 0. */
  sequence: number;
  body: Buffer;
}

const HEADER = 4;

/** Each call takes the next bytes and answers the packets that are complete with them. */
function packetReader(): (bytes: Buffer) => Packet[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const packets: Packet[] = [];
    while (rest.length >= HEADER) {
      const end = HEADER + rest.readUIntLE(0, 3);
      if (rest.length < end) break;
      packets.push({ sequence: rest[3] ?? 0, body: rest.subarray(HEADER, end) });
      rest = rest.subarray(end);
    }
    return packets;
  };
}

const QUERY = 0x03;
const PREPARE = 0x16;
const EXECUTE = 0x17;
const OK = 0x00;
const IN_TRANSACTION = 0x0001;
const AUTOCOMMIT = 0x0002;
const MORE_RESULTS = 0x0008;

/** Follows one connection: tells when an answer of the server says that something is stored for good. */
export class Conversation {
  readonly #fromClient = packetReader();
  readonly #fromServer = packetReader();
  readonly #prepared = new Map<number, string>();
  #command = -1;
  #text = '';
  /** The last of several statements is a commit. */
  #endsInCommit = false;

  /** What the client sends. */
  ask(bytes: Buffer): void {
    for (const { sequence, body } of this.#fromClient(bytes)) {
      if (sequence !== 0 || body.length === 0) continue;
      this.#command = body[0] ?? -1;
      this.#endsInCommit =
        this.#command === QUERY && /; commit(; end)?$/i.test(body.toString('latin1', body.length - 20));
      if (this.#command === QUERY || this.#command === PREPARE) this.#text = body.toString('utf8', 1, 100);
      else if (this.#command === EXECUTE) this.#text = this.#prepared.get(body.readUInt32LE(1)) ?? '';
      else this.#text = '';
    }
  }

  /** What the server answers: true when it acknowledges a COMMIT, or a change that stood alone. */
  acknowledges(bytes: Buffer): boolean {
    let acknowledged = false;
    for (const { sequence, body } of this.#fromServer(bytes)) {
      if (body[0] !== OK) continue;
      if (this.#endsInCommit && (stateOf(body) & MORE_RESULTS) === 0) acknowledged = true;
      if (sequence !== 1) continue;
      if (this.#command === PREPARE) this.#prepared.set(body.readUInt32LE(1), this.#text);
      else if (/^\s*commit\b/i.test(this.#text)) acknowledged = true;
      else if (/^\s*(insert|update|delete|replace)\b/i.test(this.#text)) acknowledged ||= standsAlone(body);
    }
    return acknowledged;
  }
}

/** The state of the connection, which every OK carries behind its two numbers. */
function stateOf(ok: Buffer): number {
  const first = 1 + lengthOf(ok, 1);
  const at = first + lengthOf(ok, first);
  return ok.length >= at + 2 ? ok.readUInt16LE(at) : 0;
}

function standsAlone(ok: Buffer): boolean {
  const state = stateOf(ok);
  return (state & AUTOCOMMIT) !== 0 && (state & IN_TRANSACTION) === 0;
}

/** Bytes of the length-encoded number there. */
function lengthOf(body: Buffer, at: number): number {
  const first = body[at] ?? 0;
  return first === 0xfc ? 3 : first === 0xfd ? 4 : first === 0xfe ? 9 : 1;
}
