import type { Metric } from '../../api/analysis.ts';
import type { Millis } from '../../api/time.ts';
import type { Condition } from './condition.ts';
import type { MetricQuestion } from './question.ts';

/** A metric as the machine works with it: arguments filled in, defaults set, conditions compiled. */
export interface ResolvedMetric {
  readonly name: string;
  /** Undefined without one. */
  readonly interval: Millis | undefined;
  readonly initialDelay: Millis;
  /** Measurements that end the metric; Infinity for one that runs until the run is ended. */
  readonly count: number;
  /** Failed measurements that are tolerated; Infinity when failures never end it. */
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly consecutiveErrorLimit: number;
  /** 0 for off. */
  readonly consecutiveSuccessLimit: number;
  readonly noData: Metric['noData'];
  readonly onError: 'Pause' | 'Abort' | 'Ignore';
  /** Reports without judging. */
  readonly dryRun: boolean;
  /** Measurements that status keeps. */
  readonly retained: number;
  readonly success: Condition | undefined;
  readonly failure: Condition | undefined;
  /** The conditions as people read them; '' without any. */
  readonly threshold: string;
  readonly question: MetricQuestion;
}
