import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { BUILD_FLAGS, binaryPath, gatewayCrds, keyOf, labCache, MODULES } from './lab-cache.ts';
import type { BinaryPart } from './parts.ts';
import { runGo } from './run-go.ts';
import { copyTree, trimLego } from './trim-lego.ts';

const GATEWAY_API = 'sigs.k8s.io/gateway-api';

/** A copy of the part's module in the cache: Go may write there, and Traefik needs a trimmed library beside it. */
async function prepareModule(part: BinaryPart): Promise<string> {
  const directory = path.join(labCache(), 'src', keyOf(part));
  rmSync(directory, { recursive: true, force: true });
  copyTree(path.join(MODULES, part.module), directory, () => true);
  if (part.module === 'traefik') await trimLego(directory);
  return directory;
}

/** The definitions of the Gateway API come from the module that Traefik is compiled against. */
async function copyGatewayCrds(directory: string): Promise<void> {
  const { Dir } = JSON.parse(await runGo(directory, ['list', '-m', '-json', GATEWAY_API])) as { Dir: string };
  const part = `${gatewayCrds()}.${process.pid}`;
  copyTree(path.join(Dir, 'config', 'crd', 'standard'), part, (file) => file.endsWith('.yaml'));
  rmSync(gatewayCrds(), { recursive: true, force: true });
  renameSync(part, gatewayCrds());
}

/** Builds one part into the cache; answers the size of its binary. What is half done never lies where a lab looks. */
export async function buildPart(part: BinaryPart): Promise<number> {
  const directory = await prepareModule(part);
  const target = binaryPath(part);
  const half = `${target}.${process.pid}`;
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    const tags = part.tags === undefined ? [] : ['-tags', part.tags];
    await runGo(directory, ['build', ...BUILD_FLAGS, ...tags, '-o', half, part.package]);
    if (part.name === 'traefik') await copyGatewayCrds(directory);
    renameSync(half, target);
  } finally {
    rmSync(half, { force: true });
    rmSync(directory, { recursive: true, force: true });
  }
  return statSync(target).size;
}
