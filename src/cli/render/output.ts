import { Document, isScalar, Scalar, visit } from 'yaml';
import { didYouMean } from '../../api/did-you-mean.ts';
import { wrongUsage } from '../cli-error.ts';
import { escapeUnsafe, isUnsafe } from './escape.ts';

const OUTPUT_FORMATS = ['text', 'wide', 'json', 'yaml', 'name'] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** The format that `-o` names; plain text when it is absent. */
export function parseOutputFormat(word: string | undefined): OutputFormat {
  if (word === undefined) return 'text';
  const format = OUTPUT_FORMATS.find((candidate) => candidate === word && candidate !== 'text');
  if (format !== undefined) return format;
  const guess = didYouMean(word, ['wide', 'json', 'yaml', 'name']);
  throw wrongUsage(`unknown output format "${word}"`, guess === undefined ? 'use json, yaml, wide or name' : `did you mean ${guess}?`);
}

/** Indented JSON; characters that could act on a terminal are written as `\uXXXX`. */
export function toJson(value: unknown): string {
  return `${escapeUnsafe(JSON.stringify(value, null, 2))}\n`;
}

/** YAML; strings with characters that could act on a terminal are double-quoted with `\uXXXX`. */
export function toYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_key, node) => {
      if (isScalar(node) && typeof node.value === 'string' && isUnsafe(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escapeUnsafe(document.toString({ lineWidth: 0 }));
}

/** What `kubectl get` prints for more than one object. */
export function toList(items: readonly unknown[]): unknown {
  return { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items };
}
