import type { RolloutView } from '../model/rollout-view.ts';
import { currentStep, describeStep } from '../model/steps.ts';
import type { Paint } from './color.ts';

/** The steps, each with a mark: done, running, or still to come. Empty when there are none. */
export function renderSteps(view: RolloutView, paint: Paint): string[] {
  const current = currentStep(view);
  if (current === undefined) return [];
  const digits = String(view.steps.length).length;
  const lines = view.steps.map((step, index) => {
    const text = `${String(index + 1).padStart(digits)}  ${describeStep(step)}`;
    if (view.status.abort === true) return `  ${paint('dim', `· ${text}`)}`;
    if (index < current) return `  ${paint('good', '✔')} ${text}`;
    if (index === current) return `  ${paint('busy', '▶')} ${paint('strong', text)}`;
    return `  ${paint('dim', `· ${text}`)}`;
  });
  return [paint('strong', 'Steps'), ...lines];
}

/** `2/6 done, now gate`: for the header block. Undefined without steps. */
export function stepSummary(view: RolloutView): string | undefined {
  const current = currentStep(view);
  if (current === undefined) return undefined;
  const step = view.steps[current];
  const count = `${current}/${view.steps.length} done`;
  if (view.status.abort === true) return `${count}, aborted`;
  return step === undefined ? count : `${count}, now ${describeStep(step)}`;
}
