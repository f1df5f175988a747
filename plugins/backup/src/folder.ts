// An open folder: what is read in it stays inside, even if its path is replaced by a link meanwhile.
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** On Linux, a path below this leads to the open folder itself, whatever its name is now. Elsewhere paths are used as they are. */
const OPEN_FILES = '/proc/self/fd';
const HOW = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

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
  /** For system calls, until it is closed; not for people. */
  readonly path: string;
  readonly #handle: FileHandle | null;

  private constructor(path: string, handle: FileHandle | null) {
    this.path = path;
    this.#handle = handle;
  }

  /** `real`: a path without links. Throws `ELOOP` or `ENOTDIR` if it has become a link, or leads through one. */
  static async root(real: string): Promise<Folder> {
    const folder = await Folder.#open(real);
    if (folder.#handle === null || (await readlink(folder.path)) === real) return folder;
    await folder.close();
    throw notAFolder();
  }

  /** Opens a folder in it, but never through a link. */
  child(name: string): Promise<Folder> {
    return Folder.#open(join(this.path, name));
  }

  static async #open(path: string): Promise<Folder> {
    if (await canAnchor()) {
      const handle = await open(path, HOW);
      return new Folder(`${OPEN_FILES}/${handle.fd}`, handle);
    }
    if (!(await lstat(path)).isDirectory()) throw notAFolder();
    return new Folder(path, null);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
