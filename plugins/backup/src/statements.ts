// Cuts a stream of SQL into statements, as dumps have them: quotes, comments and changes of the delimiter. Pure.

type Inside = 'nothing' | "'" | '"' | '`' | 'line' | 'block';

const CLOSED_BY: Record<"'" | '"', RegExp> = { "'": /['\\]/g, '"': /["\\]/g };

/** Feed it text, take the statements; they come without their delimiter and without the comments before them. */
export class Statements {
  #text = '';
  /** Up to here it is known that no statement ends. */
  #at = 0;
  #inside: Inside = 'nothing';
  #delimiter = ';';
  #interesting = interesting(';');

  /** The statements that are complete now. */
  push(text: string): string[] {
    this.#text = this.#text.slice(this.#start()) + text;
    return this.#take(false);
  }

  /** What is left at the end of the stream. */
  end(): string[] {
    const found = this.#take(true);
    const rest = bare(this.#text);
    this.#text = '';
    this.#at = 0;
    return rest === '' ? found : [...found, rest];
  }

  /** Leading white space is not kept, so that a change of the delimiter is seen at its beginning. */
  #start(): number {
    if (this.#at > 0) return 0;
    return /^\s*/.exec(this.#text)?.[0].length ?? 0;
  }

  #take(atEnd: boolean): string[] {
    const found: string[] = [];
    for (;;) {
      if (this.#at === 0 && this.#inside === 'nothing' && !this.#changeDelimiter(atEnd)) break;
      const end = this.#scan(atEnd);
      if (end === undefined) break;
      const statement = bare(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + this.#delimiter.length).replace(/^\s+/, '');
      this.#at = 0;
      if (statement !== '') found.push(statement);
    }
    return found;
  }

  /** `DELIMITER ;;` is a line of the client and no statement. False: more text is needed to know. */
  #changeDelimiter(atEnd: boolean): boolean {
    for (;;) {
      if (!/^delimiter\s/i.test(this.#text))
        return atEnd || this.#text.length > 10 || !'delimiter '.startsWith(this.#text.toLowerCase());
      const line = /^delimiter[ \t]+(\S+)[^\n]*(\n|$)/i.exec(this.#text);
      if (!line?.[1] || (line[2] === '' && !atEnd)) return atEnd;
      this.#delimiter = line[1];
      this.#interesting = interesting(this.#delimiter);
      this.#text = this.#text.slice(line[0].length).replace(/^\s+/, '');
    }
  }

  /** Where the delimiter stands; undefined when more text is needed. */
  #scan(atEnd: boolean): number | undefined {
    // A token of two or three characters may be cut by the end of the text.
    const safe = atEnd ? this.#text.length : this.#text.length - Math.max(3, this.#delimiter.length);
    while (this.#at < this.#text.length) {
      if (this.#inside !== 'nothing') {
        if (!this.#leave(atEnd)) return undefined;
        continue;
      }
      this.#interesting.lastIndex = this.#at;
      const hit = this.#interesting.exec(this.#text);
      if (!hit) {
        this.#at = Math.max(this.#at, safe);
        return undefined;
      }
      if (hit.index > safe) {
        this.#at = hit.index;
        return undefined;
      }
      const token = hit[0];
      if (token === this.#delimiter) return hit.index;
      this.#at = hit.index + token.length;
      if (token === "'" || token === '"' || token === '`') this.#inside = token;
      else if (token.startsWith('/*')) {
        const next = this.#text.slice(this.#at, this.#at + 2);
        // What is in /*! ... */ is run: its quotes count.
        if (!next.startsWith('!') && next !== 'M!') this.#inside = 'block';
      } else this.#inside = 'line';
    }
    return undefined;
  }

  /** Goes to the end of a quote or a comment. False: it is not in the text yet. */
  #leave(atEnd: boolean): boolean {
    const inside = this.#inside;
    if (inside === 'line' || inside === 'block' || inside === '`') {
      const mark = inside === 'line' ? '\n' : inside === 'block' ? '*/' : '`';
      const end = this.#text.indexOf(mark, this.#at);
      if (end < 0) {
        this.#at = Math.max(this.#at, this.#text.length - (atEnd ? 0 : 1));
        return false;
      }
      this.#at = end + mark.length;
      this.#inside = 'nothing';
      return true;
    }
    const closing = CLOSED_BY[inside as "'" | '"'];
    for (;;) {
      closing.lastIndex = this.#at;
      const hit = closing.exec(this.#text);
      if (!hit) {
        this.#at = this.#text.length;
        return false;
      }
      if (hit[0] === '\\') {
        if (hit.index + 1 >= this.#text.length) {
          this.#at = hit.index;
          return false;
        }
        this.#at = hit.index + 2;
        continue;
      }
      // A doubled quote ends here and begins again at once, which comes to the same.
      this.#at = hit.index + 1;
      this.#inside = 'nothing';
      return true;
    }
  }
}

/** The delimiter, quotes, and what begins a comment. */
function interesting(delimiter: string): RegExp {
  const escaped = delimiter.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return new RegExp(`${escaped}|['"\`]|--(?=\\s|$)|#|\\/\\*`, 'g');
}

/** Without the comments before it. */
const bare = (text: string): string =>
  text.replace(/^(?:\s+|--(?=\s|$)[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?!M?!)[\s\S]*?\*\/)+/, '').trimEnd();
