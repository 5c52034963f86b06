import { REPLICA_SET } from '../../api/kinds.ts';
import { ABORT } from '../../api/labels.ts';
import { type Finding, stateless } from './invariant.ts';
import { isRetried } from './is-retried.ts';
import { rolloutWriteOf } from './rollout-write.ts';
import { countsOf, hashOf, kindKey, named, ownerOf } from './world-view.ts';

/** S11: what was aborted stays down. */
export const ABORTED_STAYS_DOWN = stateless(
  'S11',
  'an aborted revision never grows without a retry or a new revision',
  ({ before, write }) => {
    const target = write.after;
    if (!write.byController || kindKey(write.request.kind) !== kindKey(REPLICA_SET) || target === undefined) return [];
    const rollout = ownerOf(before, target);
    if (rollout === undefined || rollout.status.abort !== true || rollout.status.currentPodHash !== hashOf(target)) return [];
    if (hashOf(target) === rollout.status.stableRS || isRetried(rollout)) return [];
    const had = write.before === undefined ? 0 : countsOf(write.before).spec;
    const has = countsOf(target).spec;
    return has > had ? [{ object: named(rollout), message: `aborted revision ${hashOf(target)} grows from ${had} to ${has}` }] : [];
  },
);

/** S18: an abort that the controller could read is what it does next, whatever else is asked. */
export const ABORT_WINS = stateless(
  'S18',
  'an abort of the current revision comes before everything else and does nothing to a stable one',
  (step) => {
    const write = rolloutWriteOf(step);
    if (write === undefined) return [];
    const { before, after, object } = write;
    const wanted = before.metadata.annotations?.[ABORT];
    const { currentPodHash, stableRS } = before.status;
    if (wanted === undefined || currentPodHash === undefined || wanted.split('@')[0] !== currentPodHash) return [];
    if (wanted === before.status.lastHandledAbort || after.status.currentPodHash !== currentPodHash) return [];
    const findings: Finding[] = [];
    if (currentPodHash === stableRS) {
      if (after.status.abort === true) findings.push({ object, message: `the abort of ${currentPodHash}, which is stable, was executed` });
      return findings;
    }
    if (after.status.abort !== true)
      findings.push({ object, message: `status was written without executing the abort ${wanted} that stood on the object` });
    if (after.status.stableRS === currentPodHash)
      findings.push({ object, message: `${currentPodHash} became stable although its abort was asked` });
    return findings;
  },
);
