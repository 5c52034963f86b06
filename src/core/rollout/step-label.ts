/** A step as people count it: `status.currentStepIndex` and names start at 0, texts at 1. */
export function stepLabel(index: number): string {
  return `step ${index + 1}`;
}
