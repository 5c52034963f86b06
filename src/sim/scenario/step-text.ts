/** `step 2/4 setWeight 20`; steps are counted from 1 for people. */
export function stepText(steps: readonly Readonly<Record<string, unknown>>[], index: number | undefined): string {
  if (steps.length === 0) return 'no steps';
  const step = steps[index ?? 0];
  if (step === undefined) return `all ${steps.length} steps done`;
  const [kind = 'nothing', value] = Object.entries(step)[0] ?? [];
  return `step ${(index ?? 0) + 1}/${steps.length} ${kind}${detail(value)}`;
}

function detail(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'string') return ` ${value}`;
  if (typeof value !== 'object' || value === null) return '';
  if ('duration' in value) return ` ${String(value.duration)}`;
  if ('maxDuration' in value) return ` ${String(value.maxDuration)}`;
  return '';
}
