import type { Instant } from '../../api/time.ts';
import { adviseOn } from '../model/advice.ts';
import type { RolloutView } from '../model/rollout-view.ts';
import { renderAdvice } from './advice.ts';
import type { Paint } from './color.ts';
import { renderGates } from './gates.ts';
import { renderHeader } from './header.ts';
import { renderRestore } from './restore.ts';
import { renderRolloutTree } from './rollout-tree.ts';
import { renderSteps } from './steps.ts';

export interface RolloutRenderOptions {
  readonly now: Instant;
  readonly wide: boolean;
  readonly paint: Paint;
}

/** The whole picture of one Rollout, from what it is to what a person can do next. */
export function renderRollout(view: RolloutView, options: RolloutRenderOptions): string[] {
  const { now, paint } = options;
  const advice = adviseOn(view, now);
  const blocks = [
    renderHeader(view, now, paint),
    renderSteps(view, paint),
    renderGates(view, now, paint),
    renderRestore(view, now, paint),
    renderRolloutTree(view, now, options.wide, paint),
    renderAdvice(advice, now, paint),
  ];
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}
