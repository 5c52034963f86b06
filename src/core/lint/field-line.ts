import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import { fieldParts } from './field-parts.ts';

/** Where a field of a document stands: its line, or that of what should hold it, from 1. */
export type LineOf = (field: string) => number;

/** Where to go on, and where what was found begins. */
interface Found {
  readonly node: Node | undefined;
  readonly start: number | undefined;
}

/** Looks fields up in a document as `fieldPath` writes them: `spec.steps[2].setWeight`, `metadata.labels[a/b]`. */
export function lineOfField(document: Document.Parsed, lines: LineCounter): LineOf {
  const root = document.contents ?? undefined;
  const first = root?.range?.[0] ?? document.range[0];
  return (field) => {
    let node: Node | undefined = root;
    let start = first;
    for (const part of fieldParts(field)) {
      const found: Found = member(node, part);
      if (found.start === undefined) break;
      [node, start] = [found.node, found.start];
    }
    return lines.linePos(start).line;
  };
}

function member(node: Node | undefined, part: string): Found {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
    if (pair === undefined || !isNode(pair.key)) return { node: undefined, start: undefined };
    return { node: isNode(pair.value) ? pair.value : undefined, start: pair.key.range?.[0] };
  }
  const item: unknown = isSeq(node) && /^[0-9]+$/u.test(part) ? node.items[Number(part)] : undefined;
  return isNode(item) ? { node: item, start: item.range?.[0] } : { node: undefined, start: undefined };
}
