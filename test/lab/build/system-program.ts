import { accessSync, constants, readdirSync } from 'node:fs';
import path from 'node:path';

/** Servers lie where the PATH of a person does not lead, and Go where its own installer puts it. */
const BESIDE_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/go/bin'];

/** The program of the system with this name; undefined when it has none. */
export function systemProgram(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(path.delimiter), ...BESIDE_PATH];
  return directories
    .filter((directory) => directory !== '')
    .map((directory) => path.join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Folders with shared libraries below the root of unpacked packages, as LD_LIBRARY_PATH wants them. */
export function libraryPath(root: string): string {
  const triplets = ['usr/lib', 'lib'].flatMap((directory) => {
    try {
      return readdirSync(path.join(root, directory), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name.endsWith('-linux-gnu'))
        .map((entry) => path.join(root, directory, entry.name));
    } catch {
      return [];
    }
  });
  return triplets.join(path.delimiter);
}
