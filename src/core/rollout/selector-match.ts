import type { DeepReadonly } from '../../api/deep-readonly.ts';
import type { LabelSelector } from '../../api/label-selector.ts';

type Labels = Readonly<Record<string, string>>;
type Expression = DeepReadonly<NonNullable<LabelSelector['matchExpressions']>[number]>;

/** The value of a label; undefined for what every object has. */
export function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Whether one expression of a selector holds for these labels, as Kubernetes reads it: NotIn also for an absent label. */
export function expressionHolds({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  const found = labelOf(labels, key);
  switch (operator) {
    case 'In':
      return found !== undefined && values.includes(found);
    case 'NotIn':
      return found === undefined || !values.includes(found);
    case 'Exists':
      return found !== undefined;
    case 'DoesNotExist':
      return found === undefined;
  }
}

/** Whether a selector matches these labels. An empty one matches nothing here: it would take whatever there is. */
export function selectorMatches({ matchLabels, matchExpressions = [] }: DeepReadonly<LabelSelector>, labels: Labels): boolean {
  const wanted = Object.entries(matchLabels);
  if (wanted.length + matchExpressions.length === 0) return false;
  return wanted.every(([key, value]) => labelOf(labels, key) === value) && matchExpressions.every((one) => expressionHolds(one, labels));
}
