// A disk that can lose its power: a file system in an image, of which only what was written through is in a copy.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZE = '700M';

const attempt = (program: string, args: string[]) => spawnSync(program, args, { encoding: 'utf8' });

function run(program: string, ...args: string[]): void {
  const { status, stderr } = attempt(program, args);
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}

/** Why there can be none here; undefined when there can. */
export function loopDiskMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'power loss needs root, to mount a disk image';
  if (!existsSync('/dev/loop-control')) return 'power loss needs loop devices, and there is no /dev/loop-control';
  return undefined;
}

export class LoopDisk {
  /** Where it is mounted. */
  readonly path: string;
  readonly #folder: string;
  readonly #image: string;

  /** A new file system, or the one in `image`, as it is found after a power loss. */
  constructor(image?: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'pwj-disk-'));
    this.#image = image ?? join(this.#folder, 'image');
    this.path = join(this.#folder, 'disk');
    mkdirSync(this.path);
    if (image === undefined) {
      run('truncate', '-s', SIZE, this.#image);
      run('mkfs.ext4', '-q', this.#image);
    }
    run('mount', '-o', 'loop', this.#image, this.path);
  }

  /** What the disk would hold if its power went now. The copy is removed with this disk. */
  copyImage(): string {
    const copy = join(this.#folder, 'copy');
    run('cp', '--sparse=always', this.#image, copy);
    return copy;
  }

  remove(): void {
    attempt('umount', ['-l', this.path]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
