import { bound, type CelRule } from './cel.ts';

const MATCH_LABELS = 'self.?selector.?matchLabels';
const EXPRESSIONS = 'self.?selector.?matchExpressions';

/** CEL: `condition` over `labels`, those of the template; no template has nothing to match. */
function overTemplate(condition: string): string {
  return `!has(self.template) || ${bound('labels', 'self.template.?metadata.?labels.orValue({})', condition)}`;
}

const IS_ONE_OF = 'e.key in labels && has(e.values) && labels[e.key] in e.values';
/** CEL: the label `e.key` of `labels` satisfies the expression `e`. */
const EXPRESSION_HOLDS = [
  `e.operator == 'In' ? ${IS_ONE_OF}`,
  `e.operator == 'NotIn' ? !(${IS_ONE_OF})`,
  "e.operator == 'Exists' ? e.key in labels",
  '!(e.key in labels)',
].join(' : ');

/** CEL: the selector selects something by something. */
export const SELECTOR_NOT_EMPTY = `${MATCH_LABELS}.orValue({}).size() > 0 || ${EXPRESSIONS}.orValue([]).size() > 0`;

/** The rules that `self.selector` matches the labels of `self.template`, where both are given. */
export const SELECTOR_MATCHES_TEMPLATE: readonly CelRule[] = [
  {
    rule: `!${MATCH_LABELS}.hasValue() || ${overTemplate('self.selector.matchLabels.all(k, k in labels && labels[k] == self.selector.matchLabels[k])')}`,
    message: 'selector.matchLabels must match template.metadata.labels; give the template the same labels',
    fieldPath: '.selector',
  },
  {
    rule: `!${EXPRESSIONS}.hasValue() || ${overTemplate(`self.selector.matchExpressions.all(e, ${EXPRESSION_HOLDS})`)}`,
    message: 'selector.matchExpressions must match template.metadata.labels; correct the expressions or the labels',
    fieldPath: '.selector',
  },
];
