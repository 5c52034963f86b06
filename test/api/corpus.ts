import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { OWN_KINDS } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';

/** One manifest of a corpus, with the expectations that its head comments state. */
export interface CorpusFile {
  readonly name: string;
  readonly text: string;
  /** Sides that refuse it: `strict`, `schema`, `cel`; `lint` when only lint and the controller can. */
  readonly refusedBy: readonly string[];
  readonly field: string;
  readonly remedy: string;
  readonly unsupported: readonly string[];
}

export function readCorpus(folder: 'bad' | 'good'): readonly CorpusFile[] {
  const directory = join(import.meta.dirname, folder);
  return readdirSync(directory)
    .sort()
    .map((name) => {
      const text = readFileSync(join(directory, name), 'utf8');
      const head = (key: string) => new RegExp(`^# ${key}:(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
      const words = (key: string) =>
        head(key)
          .split(' ')
          .filter((word) => word !== '');
      return {
        name,
        text,
        refusedBy: words('refused-by'),
        field: head('field'),
        remedy: head('remedy'),
        unsupported: words('unsupported'),
      };
    });
}

/** The objects of our kinds in a manifest; documents that are no YAML are left out. */
export function ownObjects(text: string): readonly KubeObject[] {
  return parseAllDocuments(text, { uniqueKeys: false }).flatMap((document) => {
    if (document.errors.length > 0) return [];
    const value = document.toJS() as KubeObject;
    return value.apiVersion === 'sluice.dev/v1alpha1' && OWN_KINDS.some((kind) => kind.kind === value.kind) ? [value] : [];
  });
}
