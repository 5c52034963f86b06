import { parseDuration } from '../../api/duration.ts';
import type { Experiment } from '../../api/experiment.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { lintPodTemplate } from './lint-pod-template.ts';
import { lintSelector } from './lint-selector.ts';
import { problemAt } from './problem-at.ts';

const PROGRESS_DEADLINE_SECONDS = 600;

/** The rules of an Experiment (argo-rollouts 1.7). */
export function lintExperiment({ spec }: Experiment): readonly FieldProblem[] {
  const deadline = spec.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS;
  return [
    ...twice('spec.templates', spec.templates),
    ...twice('spec.analyses', spec.analyses ?? []),
    ...spec.templates.flatMap((template, index) => {
      const at = `spec.templates[${index}]`;
      const ready = template.minReadySeconds ?? 0;
      return [
        ...(ready > deadline
          ? [problemAt(`${at}.minReadySeconds`, ready, `exceeds progressDeadlineSeconds ${deadline}`, `use ${deadline} or less`)]
          : []),
        ...lintSelector(`${at}.selector`, template.selector, template.template.metadata?.labels ?? {}),
        ...lintPodTemplate(`${at}.template`, template.template),
      ];
    }),
    ...(spec.duration !== undefined && parseDuration(spec.duration) === undefined
      ? [problemAt('spec.duration', spec.duration, 'is longer than ten years', 'write a duration such as 30m')]
      : []),
  ];
}

function twice(field: string, entries: readonly { readonly name: string }[]): readonly FieldProblem[] {
  return entries.flatMap((entry, index) =>
    entries.findIndex((other) => other.name === entry.name) < index
      ? [problemAt(`${field}[${index}].name`, entry.name, 'is given twice', 'rename one')]
      : [],
  );
}
