import type { CelRule } from './cel.ts';

const LABELS = 'self.template.metadata.labels';
const HAS_LABELS = 'has(self.template.metadata) && has(self.template.metadata.labels)';
const HAS_MATCH_LABELS = 'has(self.selector.matchLabels)';
const HAS_EXPRESSIONS = 'has(self.selector.matchExpressions)';

/** CEL: `e.key` of the template's labels satisfies the expression `e`. */
const EXPRESSION_HOLDS = [
  `e.operator == 'In' ? (${HAS_LABELS} && e.key in ${LABELS} && has(e.values) && ${LABELS}[e.key] in e.values)`,
  `e.operator == 'NotIn' ? !(${HAS_LABELS} && e.key in ${LABELS} && has(e.values) && ${LABELS}[e.key] in e.values)`,
  `e.operator == 'Exists' ? (${HAS_LABELS} && e.key in ${LABELS})`,
  `!(${HAS_LABELS} && e.key in ${LABELS})`,
].join(' : ');

/** CEL: the selector selects something by something. */
export const SELECTOR_NOT_EMPTY = `((${HAS_MATCH_LABELS} && size(self.selector.matchLabels) > 0) || (${HAS_EXPRESSIONS} && size(self.selector.matchExpressions) > 0))`;

/** The rules that `self.selector` matches the labels of `self.template`, where both are given. */
export const SELECTOR_MATCHES_TEMPLATE: readonly CelRule[] = [
  {
    rule: `!has(self.template) || !has(self.selector) || !${HAS_MATCH_LABELS} || self.selector.matchLabels.all(k, ${HAS_LABELS} && k in ${LABELS} && ${LABELS}[k] == self.selector.matchLabels[k])`,
    message: 'selector.matchLabels must match template.metadata.labels; give the template the same labels',
    fieldPath: '.selector',
  },
  {
    rule: `!has(self.template) || !has(self.selector) || !${HAS_EXPRESSIONS} || self.selector.matchExpressions.all(e, ${EXPRESSION_HOLDS})`,
    message: 'selector.matchExpressions must match template.metadata.labels; correct the expressions or the labels',
    fieldPath: '.selector',
  },
];
