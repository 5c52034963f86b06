import { CONFIG_MAP } from '../../api/kinds.ts';
import { CONFIG_RECORD } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { ABSENT, parseRecord } from '../../core/config/config-record.ts';
import { splitConfigKey } from '../../core/config/config-refs.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { toConfigView } from '../../observe/config-view.ts';
import { SluiceError } from '../../ports/errors.ts';
import { type ExecutionContext, liveNamed } from './guarded-writes.ts';

/**
 * A new revision is made of a template and of configuration that two caches hold: when one of them is late, it would be a revision that nobody wrote. So the
 * live objects are read once more before its ReplicaSet is made. Throws `conflict` when they differ; the caches catch up and the decision is made anew.
 */
export async function refuseStaleRevision(plan: Pick<Plan<unknown>, 'actions'>, raw: KubeObject, context: ExecutionContext): Promise<void> {
  for (const action of plan.actions) {
    if (action.type !== 'createReplicaSet') continue;
    const record = parseRecord(action.object.metadata.annotations?.[CONFIG_RECORD]);
    if (record.size === 0) continue;
    const live = await context.liveOwner();
    if (live?.metadata.generation !== raw.metadata.generation) throw stale(`Rollout ${raw.metadata.name}`);
    for (const [key, digest] of record) {
      const { kind, name } = splitConfigKey(key);
      // Secrets are read by nobody but their own cache.
      if (kind !== 'ConfigMap') continue;
      const object = await liveNamed(CONFIG_MAP, name, context);
      if ((object === undefined ? ABSENT : toConfigView(kind)(object).observed.digest) !== digest) throw stale(`ConfigMap ${name}`);
    }
  }
}

function stale(what: string): SluiceError {
  return new SluiceError('conflict', `${what} changed in the meantime: the revision is decided anew`);
}
