import type { FieldProblem } from '../../api/field-problem.ts';
import type { Rollout, WorkloadRef } from '../../api/rollout.ts';
import { memoByObject } from '../identity/memo-by-object.ts';
import { lintPodMetadata } from '../lint/lint-pod-metadata.ts';
import { lintPodTemplate } from '../lint/lint-pod-template.ts';
import { lintSelector } from '../lint/lint-selector.ts';
import { problemAt } from '../lint/problem-at.ts';
import type { ObservedRollout, ObservedWorkload, WorkloadReading } from './observed.ts';

/** The workload when it could be read. */
export function foundWorkload(observed: Pick<ObservedRollout, 'workload'>): ObservedWorkload | undefined {
  return observed.workload?.state === 'Found' ? observed.workload.workload : undefined;
}

/** `status.workloadObservedGeneration`; undefined without a workload. */
export function workloadGeneration(observed: Pick<ObservedRollout, 'workload'>): string | undefined {
  const generation = foundWorkload(observed)?.generation;
  return generation === undefined ? undefined : String(generation);
}

/** The generation of the object that holds the pod template: what a provenance names. */
export function templateGeneration(observed: Pick<ObservedRollout, 'workload' | 'rollout'>): number | undefined {
  return observed.rollout.spec.workloadRef === undefined ? observed.rollout.metadata.generation : foundWorkload(observed)?.generation;
}

function isEmpty(selector: Rollout['spec']['selector']): boolean {
  return Object.keys(selector.matchLabels).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/** The spec with template and selector of the workload: one object as long as neither of the two changes, since what is found out of a spec is remembered by it. */
const specWith = memoByObject((spec: Rollout['spec']) =>
  memoByObject(({ template, selector }: ObservedWorkload): Rollout['spec'] => ({
    ...spec,
    selector: isEmpty(spec.selector) ? (selector ?? spec.selector) : spec.selector,
    ...(template === undefined ? {} : { template }),
  })),
);

/** The Rollout as decisions read it: with the template of the workload that it refers to, and its selector unless the Rollout has one of its own. */
export function resolveWorkload(rollout: Rollout, reading: WorkloadReading | undefined): Rollout {
  const { spec } = rollout;
  if (reading?.state !== 'Found' || spec.workloadRef === undefined || spec.template !== undefined) return rollout;
  return { ...rollout, spec: specWith(spec)(reading.workload) };
}

function unread(ref: WorkloadRef, reading: Exclude<WorkloadReading, { state: 'Found' }> | undefined): readonly FieldProblem[] {
  switch (reading?.state) {
    case 'Missing':
      return [
        problemAt(
          'spec.workloadRef.name',
          ref.name,
          `there is no such ${ref.kind} in this namespace`,
          `create the ${ref.kind} ${ref.name}, or correct spec.workloadRef`,
        ),
      ];
    case 'Unreadable':
      return [
        problemAt(
          'spec.workloadRef.kind',
          ref.kind,
          `cannot be read here: ${reading.message}`,
          'let the controller read it (value rbac.workloadRef of the chart), or write the template into spec.template',
        ),
      ];
    case 'Syncing':
    case undefined:
      return [];
  }
}

/** What is wrong between a Rollout and the workload that it refers to; `rollout` is the one that {@link resolveWorkload} gave. */
export function workloadProblems(rollout: Rollout, reading: WorkloadReading | undefined): readonly FieldProblem[] {
  const { workloadRef, template, selector } = rollout.spec;
  if (workloadRef === undefined) return [];
  if (reading?.state !== 'Found') return unread(workloadRef, reading);
  const shown = `${workloadRef.kind} ${workloadRef.name}`;
  if (template === undefined)
    return [problemAt('spec.workloadRef.name', workloadRef.name, `${shown} has no pod template`, `correct the ${shown}`)];
  if (isEmpty(selector))
    return [
      problemAt('spec.selector', undefined, `is missing, and ${shown} has none to take`, 'set matchLabels to labels of its pod template'),
    ];
  const labels = template.metadata?.labels ?? {};
  return [
    ...lintSelector('spec.selector', selector, labels),
    ...lintPodTemplate('spec.workloadRef.template', template),
    ...lintPodMetadata(rollout.spec),
  ];
}
