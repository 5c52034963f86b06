import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { BinaryPart, DebianPart, GoPart } from './parts.ts';
import { systemProgram } from './system-program.ts';

/** Where the go.mod files stand. */
export const MODULES = path.join(import.meta.dirname, '..', 'modules');

/** The same for every part; they are in the key of the cache. */
export const BUILD_FLAGS: readonly string[] = ['-trimpath', '-ldflags', '-s -w'];
const BUILD_ENVIRONMENT: Readonly<Record<string, string>> = {
  CGO_ENABLED: '0',
  GOFLAGS: '-mod=readonly -buildvcs=false',
  GOWORK: 'off',
};

/** What `go` finds in its environment when it builds the part. */
export function buildEnvironment(part: Pick<GoPart, 'cgo'>): Readonly<Record<string, string>> {
  return part.cgo === true ? { ...BUILD_ENVIRONMENT, CGO_ENABLED: '1' } : BUILD_ENVIRONMENT;
}

/** The lab's folder in the user's cache: binaries, copies of modules, locks. Never the repository. */
export function labCache(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return path.join(base === undefined || base === '' ? path.join(homedir(), '.cache') : base, 'sluice-lab');
}

function filesUnder(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(directory, name)).isFile())
    .toSorted();
}

/** Names a build by everything that it is made from: the module's files with their sums, and the flags; a package by what pins it. */
export function keyOf(part: BinaryPart): string {
  const hash = createHash('sha256');
  const { platform, arch } = process;
  switch (part.from) {
    case 'go': {
      const directory = path.join(MODULES, part.module);
      for (const name of filesUnder(directory)) hash.update(`${name}\0`).update(readFileSync(path.join(directory, name)));
      hash.update(JSON.stringify([BUILD_FLAGS, buildEnvironment(part), part.tags ?? '', platform, arch]));
      break;
    }
    case 'wheel':
      hash.update(JSON.stringify([part.requirement, part.hashes, platform, arch]));
      break;
    case 'debian':
      hash.update(JSON.stringify([part.packages, readFileSync('/etc/os-release', 'utf8'), arch]));
      break;
  }
  return hash.digest('hex').slice(0, 16);
}

/** Where packages of a Debian part are unpacked. */
export function unpackedRoot(part: DebianPart): string {
  return path.join(labCache(), 'packages', keyOf(part), part.name);
}

/** Where a part's program lies once it is built; the system's own one where it has one. */
export function binaryPath(part: BinaryPart): string {
  if (part.from !== 'debian') return path.join(labCache(), 'bin', keyOf(part), part.name);
  return systemProgram(path.basename(part.program)) ?? path.join(unpackedRoot(part), part.program);
}

/** Where the files lie that a part needs beside its program. */
export function partFiles(part: BinaryPart, ...below: readonly string[]): string {
  return path.join(labCache(), 'files', keyOf(part), part.name, ...below);
}

/** Whether everything of the part is there. */
export function isBuilt(part: BinaryPart): boolean {
  return existsSync(binaryPath(part)) && (part.from !== 'go' || part.files === undefined || existsSync(partFiles(part)));
}
