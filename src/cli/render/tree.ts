import type { Cell } from './table.ts';

/** A tree of rows: the first cell carries the branch lines. */
export interface TreeNode {
  readonly cells: readonly Cell[];
  readonly children: readonly TreeNode[];
}

/** Rows for a table, the first cell of each prefixed by the branches that lead to it. */
export function flattenTree(root: TreeNode): Cell[][] {
  return [[...root.cells], ...branches(root.children, '')];
}

function branches(nodes: readonly TreeNode[], prefix: string): Cell[][] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const [first, ...rest] = node.cells;
    const own: Cell[] = [{ ...first, text: `${prefix}${isLast ? '└─ ' : '├─ '}${first?.text ?? ''}` }, ...rest];
    return [own, ...branches(node.children, `${prefix}${isLast ? '   ' : '│  '}`)];
  });
}
