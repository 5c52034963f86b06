import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import { MODULES } from '../../build/lab-cache.ts';

const run = promisify(execFile);

/**
 * The definitions in one file of a Go module that a folder of `modules/` pins, as far as its source lies in Go's cache: a build leaves it there. Undefined
 * without Go, or once that cache was emptied.
 */
export async function moduleCrds(folder: string, module: string, file: string): Promise<readonly KubeObject[] | undefined> {
  const environment = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off' };
  try {
    const { stdout } = await run('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: path.join(MODULES, folder), env: environment });
    const text = readFileSync(path.join(stdout.trim(), file), 'utf8');
    return parseAllDocuments(text)
      .map((document) => document.toJS() as KubeObject | null)
      .filter((object): object is KubeObject => object?.kind === 'CustomResourceDefinition');
  } catch {
    return undefined;
  }
}
