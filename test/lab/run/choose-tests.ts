import { readdirSync } from 'node:fs';
import path from 'node:path';
import { isBuilt } from '../build/lab-cache.ts';
import { type BinaryPart, partNamed } from '../build/parts.ts';
import { RUN_PARTS, type RunPart, withNeeds } from './run-parts.ts';

const TESTS = path.join(import.meta.dirname, '..', 'tests');
const SUFFIX = '.lab.ts';

/** Tests that only speak to an API server, in namespaces of their own: any cluster will do. */
export const ANYWHERE: readonly string[] = ['contract', 'crds'];

/** Tests outside the core: what they bring up beside the core parts. Long ones need nothing more than time. */
export const BEYOND_CORE: Readonly<Record<string, readonly RunPart[]>> = {
  contour: ['envoy'],
  gitea: ['gitea'],
  flux: ['kustomize-controller'],
  argocd: ['argocd-application-controller'],
  outages: [],
  'oldest-kubernetes': [],
};

/** Programs that tests run themselves, beside those of the parts that they bring up. */
const RUN_BY_TESTS: Readonly<Record<string, readonly string[]>> = { 'oldest-kubernetes': ['crd-validator'] };

/** Names of the test files. */
export const KNOWN_TESTS: readonly string[] = readdirSync(TESTS)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));

/** The tests of a group. */
export function testsOf(group: 'core' | 'beyond'): readonly string[] {
  return KNOWN_TESTS.filter((name) => Object.hasOwn(BEYOND_CORE, name) === (group === 'beyond'));
}

/** The tests that words name, as names or files; undefined for a word that names none. */
export function testsNamed(words: readonly string[]): readonly string[] | undefined {
  const names = words.map((word) => path.basename(word).replace(SUFFIX, ''));
  return names.every((name) => KNOWN_TESTS.includes(name)) ? names : undefined;
}

/** The file of a test. */
export function fileOf(test: string): string {
  return path.join(TESTS, `${test}${SUFFIX}`);
}

/** The programs that these tests need beside the core's. */
export function programsBeyondCore(tests: readonly string[]): readonly BinaryPart[] {
  const parts = tests.flatMap((test) => BEYOND_CORE[test] ?? []);
  const started = (parts.length === 0 ? [] : (withNeeds(parts) ?? [])).flatMap((part): readonly string[] => RUN_PARTS[part].binaries);
  const names = new Set([...started, ...tests.flatMap((test) => RUN_BY_TESTS[test] ?? [])]);
  return [...names].map(partNamed);
}

/** Whether everything that the test needs is built. */
export function canRun(test: string): boolean {
  return programsBeyondCore([test]).every(isBuilt);
}
