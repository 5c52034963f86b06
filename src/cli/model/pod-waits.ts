import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import { conditionOf } from './advice-parts.ts';
import type { RevisionView, RolloutView } from './rollout-view.ts';
import type { Wait } from './wait.ts';

/** The pods that have to come up before anything goes on, a wait for each revision. */
export function podWaits(view: RolloutView): readonly Wait[] {
  return view.revisions.filter((revision) => revision.role !== 'old').flatMap((revision) => podWait(view, revision));
}

/** Where to look for why pods do not come up: of each revision that misses some. */
export function podHints(view: RolloutView): readonly string[] {
  return view.revisions
    .filter((revision) => revision.role !== 'old' && podWait(view, revision).length > 0)
    .map(({ hash }) => `see why pods are not ready: kubectl describe pods -n ${view.namespace} -l ${POD_TEMPLATE_HASH}=${hash}`);
}

function podWait(view: RolloutView, revision: RevisionView): readonly Wait[] {
  const set = revision.replicaSet;
  if (set === undefined || set.available >= set.desired) return [];
  const missing = set.desired - set.available;
  const label = revision.ordinal === undefined ? revision.hash : `revision ${revision.ordinal}`;
  const trouble = set.pods.find((pod) => pod.troubled);
  const deadline = view.status.deadlines?.progress;
  const late = deadline === undefined ? '' : `; without any progress it is Degraded at ${deadline}`;
  return [
    {
      for: `${missing} pod${missing === 1 ? '' : 's'} of ${label} to become available${trouble === undefined ? '' : ` (${trouble.name}: ${trouble.state})`}`,
      // Of the last pod that came, the last step that was reached, or the start.
      since: conditionOf(view, 'Progressing')?.lastUpdateTime,
      ends: `by itself when ${missing === 1 ? 'it is' : 'they are'} ready for minReadySeconds${late}`,
    },
  ];
}
