import type { FieldProblem } from '../../api/field-problem.ts';
import { LABEL_KEY } from '../../api/label-selector.ts';
import { GROUP } from '../../api/labels.ts';
import type { RolloutSpec } from '../../api/rollout.ts';
import { problemAt } from './problem-at.ts';

type Metadata = NonNullable<NonNullable<RolloutSpec['strategy']['canary']>['canaryMetadata']>;

const KEY = new RegExp(LABEL_KEY);
/** Kubernetes' rule for label values. */
const VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** The metadata that a strategy gives to pods, by its field. */
function metadataOf({ strategy: { canary, blueGreen } }: RolloutSpec): readonly (readonly [string, Metadata | undefined])[] {
  return [
    ['spec.strategy.canary.canaryMetadata', canary?.canaryMetadata],
    ['spec.strategy.canary.stableMetadata', canary?.stableMetadata],
    ['spec.strategy.blueGreen.previewMetadata', blueGreen?.previewMetadata],
    ['spec.strategy.blueGreen.activeMetadata', blueGreen?.activeMetadata],
  ];
}

function lintLabel(field: string, name: string, value: string, selected: ReadonlySet<string>): readonly FieldProblem[] {
  const at = `${field}.labels[${name}]`;
  if (!KEY.test(name)) return [problemAt(at, name, 'is not a label name', 'use letters, digits, - _ . and at most one prefix before a /')];
  if (!VALUE.test(value))
    return [
      problemAt(at, value, 'is not a label value', 'use at most 63 letters, digits, - _ . that begin and end with a letter or digit'),
    ];
  if (!selected.has(name)) return [];
  return [problemAt(at, value, 'is a label of the selector: pods with another value would leave their ReplicaSet', 'use another name')];
}

/**
 * The rules of the metadata that a strategy gives to live pods: a label of the selector would take them away from their ReplicaSet. `spec` holds the selector
 * of the workload when it has none of its own.
 */
export function lintPodMetadata(spec: RolloutSpec): readonly FieldProblem[] {
  const { matchLabels, matchExpressions } = spec.selector;
  const selected = new Set([...Object.keys(matchLabels), ...(matchExpressions ?? []).map((expression) => expression.key)]);
  return metadataOf(spec).flatMap(([field, metadata]) => {
    const labels = Object.entries(metadata?.labels ?? {}).flatMap(([name, value]) => lintLabel(field, name, value, selected));
    const own = [...Object.keys(metadata?.labels ?? {}), ...Object.keys(metadata?.annotations ?? {})].filter((name) =>
      name.startsWith(`${GROUP}/`),
    );
    return [
      ...labels,
      ...own.map((name) => problemAt(field, name, `is a name that Sluice keeps for itself`, `use a name without ${GROUP}/`)),
    ];
  });
}
