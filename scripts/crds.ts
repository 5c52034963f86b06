import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownCrds } from '../src/api/own-crds.ts';
import { crdYaml } from '../src/core/crds/crd-yaml.ts';

const FOLDER = join(import.meta.dirname, '..', 'crds');

/** The files that `crds/` must hold, by name. */
function wanted(): ReadonlyMap<string, string> {
  return new Map(ownCrds().map((crd) => [`${crd.metadata.name.split('.')[0]}.yaml`, crdYaml(crd)]));
}

function present(): ReadonlyMap<string, string> {
  mkdirSync(FOLDER, { recursive: true });
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  return new Map(names.map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));
}

/** Names of the files that differ, are missing, or belong to no kind. */
function drift(files: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...files.keys(), ...found.keys()])].filter((name) => files.get(name) !== found.get(name)).sort();
}

const files = wanted();
const found = present();
const drifted = drift(files, found);
if (process.argv.includes('--check')) {
  for (const name of drifted) console.error(`crds/${name} does not match the schemas in src/api; run npm run crds and commit the result`);
  process.exitCode = drifted.length === 0 ? 0 : 1;
} else {
  for (const name of found.keys()) if (!files.has(name)) rmSync(join(FOLDER, name));
  for (const [name, text] of files) writeFileSync(join(FOLDER, name), text);
  console.log(`${files.size} custom resource definitions in crds/, ${drifted.length} changed`);
}
