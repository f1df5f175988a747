// An open folder on disk: what is read or removed in it stays inside, even if a link replaces its path meanwhile. For Node.js only.
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** On Linux, a path below this refers to the open folder itself, whatever its current name. */
const OPEN_FILES = '/proc/self/fd';
const HOW = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** A part of a path that can only name something in its folder. */
export function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name) && !(SLASHES_BACK && /[\\:]/.test(name));
}
const SLASHES_BACK = join('a', 'b') !== 'a/b';

const notAFolder = () => Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });

let anchored: Promise<boolean> | undefined;
const canAnchor = (): Promise<boolean> => {
  anchored ??= stat(OPEN_FILES).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  return anchored;
};

export class Folder {
  /** For system calls; not for people. */
  readonly path: string;
  /** The file system it lies on. */
  readonly device: bigint;
  readonly #handle: FileHandle | null;

  private constructor(path: string, device: bigint, handle: FileHandle | null) {
    this.path = path;
    this.device = device;
    this.#handle = handle;
  }

  /** Throws `ELOOP` or `ENOTDIR` for a link or anything else that is not a folder. `real`: the path must be this one after resolving links. */
  static async open(path: string, real?: string): Promise<Folder> {
    if (!(await canAnchor())) {
      const facts = await lstat(path, { bigint: true });
      if (!facts.isDirectory()) throw notAFolder();
      return new Folder(path, facts.dev, null);
    }
    const handle = await open(path, HOW);
    try {
      const place = `${OPEN_FILES}/${handle.fd}`;
      if (real !== undefined && (await readlink(place)) !== real) throw notAFolder();
      const { dev } = await handle.stat({ bigint: true });
      return new Folder(place, dev, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The path of an entry. Throws `EINVAL` unless it is a plain name. */
  at(name: string): string {
    if (!isPlainName(name)) throw Object.assign(new Error('not a plain name'), { code: 'EINVAL' });
    return join(this.path, name);
  }

  /** Opens a folder in it, but never through a link. */
  child(name: string): Promise<Folder> {
    return Folder.open(this.at(name));
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
