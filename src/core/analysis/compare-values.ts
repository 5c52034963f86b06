export const COMPARISONS = ['==', '!=', '<=', '>=', '<', '>'] as const;

export type Comparison = (typeof COMPARISONS)[number];

/** Compares two numbers, or two texts by their code units. NaN equals nothing and has no order. */
export function compareValues<T extends string | number>(operator: Comparison, left: T, right: T): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}
