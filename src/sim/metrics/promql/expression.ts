import type { Millis } from '../../../api/time.ts';

export interface LabelMatcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'or' | 'and' | 'unless';
export type Aggregator = 'sum' | 'avg' | 'max' | 'min' | 'count';

/** A parsed query of the supported subset. */
export type Expression =
  | { readonly type: 'number'; readonly value: number }
  /** `range` makes it a range vector. */
  | { readonly type: 'selector'; readonly matchers: readonly LabelMatcher[]; readonly range: Millis | undefined }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly type: 'aggregate';
      readonly op: Aggregator;
      readonly grouping: { readonly without: boolean; readonly labels: readonly string[] };
      readonly of: Expression;
    }
  | { readonly type: 'negate'; readonly of: Expression }
  | { readonly type: 'binary'; readonly op: BinaryOperator; readonly left: Expression; readonly right: Expression };
