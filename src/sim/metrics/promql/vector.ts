import type { Labels } from './series-store.ts';

export interface VectorSample {
  readonly labels: Labels;
  readonly value: number;
}

/** The labels without the metric's name: what a computed value is called by. */
export function withoutName(labels: Labels): Labels {
  const { __name__: _name, ...rest } = labels;
  return rest;
}
