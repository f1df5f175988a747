// The folders of the packages that are published, from the root of the repository: the public workspaces that are built.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';

interface Manifest {
  private?: boolean;
  workspaces?: string[];
}

export function packagesOf(root: string): string[] {
  const read = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const inside = (folder: string): string[] => readdirSync(join(root, folder)).map((name) => join(folder, name));
  const isPackage = (folder: string): boolean => existsSync(join(root, folder, 'package.json'));
  const { workspaces = [] } = read('.');
  return workspaces
    .flatMap((path) => (path.endsWith('/*') ? inside(path.slice(0, -2)) : [path]))
    .filter(isPackage)
    .filter((folder) => {
      const { private: isPrivate = false } = read(folder);
      return !isPrivate && existsSync(join(root, folder, 'tsconfig.build.json'));
    });
}
