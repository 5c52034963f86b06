import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { BinaryPart } from './parts.ts';

/** Where the go.mod files stand. */
export const MODULES = path.join(import.meta.dirname, '..', 'modules');

/** The same for every part; they are in the key of the cache. */
export const BUILD_FLAGS: readonly string[] = ['-trimpath', '-ldflags', '-s -w'];
export const BUILD_ENVIRONMENT: Readonly<Record<string, string>> = {
  CGO_ENABLED: '0',
  GOFLAGS: '-mod=readonly -buildvcs=false',
  GOWORK: 'off',
};

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

/** Names a build by everything that it is made from: the module's files with their sums, and the flags. */
export function keyOf(part: Pick<BinaryPart, 'module'> & { readonly tags?: string }): string {
  const hash = createHash('sha256');
  const directory = path.join(MODULES, part.module);
  for (const name of filesUnder(directory)) hash.update(`${name}\0`).update(readFileSync(path.join(directory, name)));
  hash.update(JSON.stringify([BUILD_FLAGS, BUILD_ENVIRONMENT, part.tags ?? '', process.platform, process.arch]));
  return hash.digest('hex').slice(0, 16);
}

/** Where a part's binary lies once it is built. */
export function binaryPath(part: BinaryPart): string {
  return path.join(labCache(), 'bin', keyOf(part), part.name);
}

/** Where the Gateway API's definitions lie: those that Traefik is compiled against. */
export function gatewayCrds(): string {
  return path.join(labCache(), 'crds', keyOf({ module: 'traefik' }));
}

/** Of these parts, those that have to be built first. */
export function missingParts(parts: readonly BinaryPart[]): readonly BinaryPart[] {
  return parts.filter((part) => !existsSync(binaryPath(part)) || (part.name === 'traefik' && !existsSync(gatewayCrds())));
}
