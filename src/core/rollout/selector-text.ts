import type { DeepReadonly } from '../../api/deep-readonly.ts';
import type { LabelSelector } from '../../api/label-selector.ts';

/** A selector as kubectl and the scale subresource write it: `app=web,tier in (a,b),!legacy`. */
export function selectorText({ matchLabels, matchExpressions }: DeepReadonly<LabelSelector>): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${(values ?? []).join(',')})`;
      case 'NotIn':
        return `${key} notin (${(values ?? []).join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
    }
  });
  return [...labels.sort(), ...expressions].join(',');
}
