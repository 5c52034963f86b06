import type { FieldProblem } from '../../api/field-problem.ts';
import { LABEL_KEY, type LabelSelector } from '../../api/label-selector.ts';
import { expressionHolds, labelOf } from '../rollout/selector-match.ts';
import { problemAt } from './problem-at.ts';

type Labels = Readonly<Record<string, string>>;
type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

const KEY = new RegExp(LABEL_KEY);

/** The rules of a selector over the labels of a pod template; `labels` is undefined when the template stands elsewhere. */
export function lintSelector(field: string, selector: LabelSelector, labels: Labels | undefined): readonly FieldProblem[] {
  const expressions = selector.matchExpressions ?? [];
  if (Object.keys(selector.matchLabels).length === 0 && expressions.length === 0) {
    return [problemAt(field, undefined, 'is empty: it would match every pod', 'set matchLabels to labels of the pod template')];
  }
  return [
    ...Object.entries(selector.matchLabels).flatMap(([key, value]) => lintLabel(`${field}.matchLabels[${key}]`, key, value, labels)),
    ...expressions.flatMap((expression, index) => lintExpression(`${field}.matchExpressions[${index}]`, expression, labels)),
  ];
}

function lintLabel(field: string, key: string, value: string, labels: Labels | undefined): readonly FieldProblem[] {
  if (!KEY.test(key)) return [problemAt(field, key, 'is not a label name', 'use letters, digits, - _ . and at most one prefix before a /')];
  if (labels === undefined || labelOf(labels, key) === value) return [];
  const found = labelOf(labels, key);
  const what =
    found === undefined ? 'is not a label of the pod template' : `differs from the pod template's label ${JSON.stringify(found)}`;
  return [problemAt(field, value, what, `set template.metadata.labels[${key}] to ${JSON.stringify(value)}`)];
}

function lintExpression(field: string, expression: Expression, labels: Labels | undefined): readonly FieldProblem[] {
  const values = expression.values ?? [];
  const listed = expression.operator === 'In' || expression.operator === 'NotIn';
  if (listed && values.length === 0) {
    return [
      problemAt(`${field}.values`, undefined, `is empty, but operator ${expression.operator} compares with it`, 'list at least one value'),
    ];
  }
  if (!listed && values.length > 0) {
    return [
      problemAt(`${field}.values`, values, `has no meaning with operator ${expression.operator}`, 'remove it, or use operator In or NotIn'),
    ];
  }
  if (labels === undefined || expressionHolds(expression, labels)) return [];
  return [
    problemAt(field, expression.key, "does not match the pod template's labels", 'correct the expression or template.metadata.labels'),
  ];
}
