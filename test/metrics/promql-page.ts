import type { MetricSourceHarness } from './metric-source-contract.ts';

/** What the contract's Prometheus scrapes. */
export const PROMQL_PAGE = 'sli 0.97\nmany{pod="a"} 1\nmany{pod="b"} 2\nzero 0\none 1\n';

/** Queries on {@link PROMQL_PAGE}, the same for the built-in endpoint and a real Prometheus. */
export const PROMQL_QUERIES: MetricSourceHarness['queries'] = {
  number: 'sum(sli)',
  empty: 'sum(sli{pod="none"})',
  nan: 'sum(zero) / sum(zero)',
  infinite: 'sum(one) / sum(zero)',
  several: 'sum by (pod) (many)',
  refused: 'sum(((',
  slow: undefined,
};
