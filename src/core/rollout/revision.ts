import { parseDuration } from '../../api/duration.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant, millis, parseInstant } from '../../api/time.ts';
import { ABSENT, agreement, type ConfigRecord, configHash, EMPTY_RECORD } from '../config/config-record.ts';
import { splitConfigKey } from '../config/config-refs.ts';
import { type ConfigProblem, followsConfig, type LiveConfig, liveConfig } from '../config/live-config.ts';
import type { ObservedConfig, ObservedConfigObject } from '../config/observed-config.ts';
import { byPart, findRevision, type LabelQuery, newLabel, recordOf, templateHashOf } from '../config/revision-label.ts';
import { withoutCopies } from '../config/revision-object.ts';
import { configCopyName } from '../identity/names.ts';
import { cachedRevisionHash } from '../identity/revision-hash.ts';
import { samePodTemplate } from '../identity/same-template.ts';
import { after } from '../time/instants.ts';
import type { ObservedReplicaSet, ObservedRollout } from './observed.ts';
import { authoredTemplate } from './replica-set-template.ts';

/** A change of the configuration alone waits so long for what was committed with it: reconcilers apply ConfigMaps before Rollouts. */
const SETTLE = millis(10_000);

/** Why the live revision is not started yet; `context.hash` is the revision before it meanwhile. */
export interface ConfigHold {
  readonly reason: ConfigProblem['reason'] | 'ConfigSettling' | 'CommitIncomplete';
  readonly message: string;
  /** When it ends by itself. */
  readonly until: Instant | undefined;
}

/** What the live revision consists of. */
export interface Revision {
  /** The label `pod-template-hash`: of the live revision, or of the one before while `hold` says so. */
  readonly hash: string;
  readonly templateHash: string;
  /** The live template under the names of the objects themselves. */
  readonly template: Readonly<Record<string, unknown>>;
  readonly record: ConfigRecord;
  readonly hold: ConfigHold | undefined;
  /** What is wrong with the configuration, also when nothing waits for it. */
  readonly problem: ConfigProblem | undefined;
  /** Since when a change of the configuration alone waits. */
  readonly settlingSince: Instant | undefined;
}

const NO_TEMPLATE: Readonly<Record<string, unknown>> = {};

/**
 * The ReplicaSet whose template means the same as the live one although their hashes differ: one was read back from the API server (undo, a workload), or states a
 * default. Its copies and its dress do not count.
 */
function findByMeaning(query: LabelQuery, live: Readonly<Record<string, unknown>>): ObservedReplicaSet | undefined {
  if (query.sets.some((set) => templateHashOf(set) === query.templateHash)) return undefined;
  // The first that is the same ends the search: comparing templates is dear.
  return query.sets.toSorted(byPart(query)).find((set) => {
    const record = recordOf(set);
    if (agreement(record, query.record) === undefined) return false;
    return samePodTemplate(live, authoredTemplate(withoutCopies(set.template, record), set.annotations));
  });
}

/** Whether this object is the copy of that content: an object of the same name that is anything else is never used. */
export function isCopyOf(object: ObservedConfigObject, name: string, digest: string): boolean {
  return object.copyOf === name && object.digest === digest && object.immutable;
}

/** A copy that cannot be made: its name is taken, or the API server refused it. */
function copyProblem(
  record: ConfigRecord,
  config: ObservedConfig,
  now: Instant,
): (ConfigProblem & { readonly until?: Instant }) | undefined {
  for (const [key, digest] of record) {
    const { kind, name } = splitConfigKey(key);
    const copy = configCopyName(name, digest);
    const object = config.objects.get(`${kind}/${copy}`);
    if (digest === ABSENT || object === undefined || isCopyOf(object, name, digest)) continue;
    return { reason: 'ConfigCopyRefused', message: `${kind} ${copy} exists and is no copy of ${name}: delete or rename it` };
  }
  const { refused } = config;
  if (refused === undefined || refused.until <= now) return undefined;
  return { reason: 'ConfigCopyRefused', message: refused.message, until: refused.until };
}

interface Question {
  readonly rollout: Rollout;
  readonly incomplete: ObservedRollout['source']['incomplete'];
  readonly config: ObservedConfig | undefined;
  readonly sets: readonly ObservedReplicaSet[];
  readonly previous: RolloutStatus | undefined;
  readonly now: Instant;
}

/** What keeps a revision that has no ReplicaSet yet from being started. */
function holdNew(question: Question, live: LiveConfig): ConfigHold | undefined {
  const { config, now } = question;
  const problem = live.problem ?? (config === undefined ? undefined : copyProblem(live.record, config, now));
  return problem === undefined ? undefined : { until: undefined, ...problem };
}

function settling(question: Question, query: LabelQuery, found: ObservedReplicaSet | undefined): Instant | undefined {
  const { sets, previous } = question;
  if (found !== undefined && (found.hash === query.currentHash || found.hash === query.stableHash)) return undefined;
  const before = sets.find((set) => set.hash !== undefined && set.hash === query.currentHash);
  if (before === undefined || templateHashOf(before) !== query.templateHash) return undefined;
  return parseInstant(previous?.config?.pendingSince) ?? question.now;
}

function settlingHold(question: Question, record: ConfigRecord, since: Instant): ConfigHold | undefined {
  const until = after(since, parseDuration(question.rollout.spec.config?.settle) ?? SETTLE);
  if (until <= question.now) return undefined;
  const before = question.sets.find((set) => set.hash === question.previous?.currentPodHash);
  const changed = before === undefined ? [] : differing(recordOf(before), record);
  const message = `${changed.join(', ')} changed: a new revision starts at ${formatInstant(until)}, with what else is changed until then`;
  return { reason: 'ConfigSettling', message, until };
}

/**
 * A commit of which only a part is in the cluster is no revision: what was applied before the Rollout waits for it, however long that takes. GitSync applies the Rollout
 * after everything else of its revision: a changed template of its own is never the half of a commit, one that stands in its workload may be (`isOfWorkload`).
 */
function incompleteHold({ incomplete }: Question): ConfigHold | undefined {
  if (incomplete === undefined) return undefined;
  const { gitSync, commit } = incomplete;
  const message = `the GitSync ${gitSync} has applied only a part of commit ${commit.slice(0, 12)}: no revision starts before the rest of it is applied; the status of the GitSync says what keeps it`;
  return { reason: 'CommitIncomplete', message, until: undefined };
}

/** `ConfigMap checkout-config`, of each object that both know with another content. */
function differing(before: ConfigRecord, after: ConfigRecord): readonly string[] {
  return [...after].filter(([key, digest]) => (before.get(key) ?? digest) !== digest).map(([key]) => key.replace('/', ' '));
}

/**
 * Which revision the live template and configuration are. One that is there already needs nothing; one that would be new waits while its configuration is missing,
 * cannot be read or cannot be copied, and a little while when only the configuration changed.
 */
export function identifyRevision(observed: ObservedRollout, previous: RolloutStatus | undefined, now: Instant): Revision {
  const { rollout } = observed;
  // Without a readable workload the recorded revision is all that is known.
  if (rollout.spec.template === undefined && previous?.currentPodHash !== undefined) return unknownRevision(previous.currentPodHash);
  const sets = observed.replicaSets.filter((set) => set.hash !== undefined && !set.deleting);
  const config = followsConfig(rollout.spec) ? observed.config : undefined;
  const live = liveConfig(rollout.spec.template ?? NO_TEMPLATE, config);
  const { template, record } = live;
  const templateHash = cachedRevisionHash(template);
  const query = { templateHash, record, sets, currentHash: previous?.currentPodHash, stableHash: previous?.stableRS };
  const question = { rollout, incomplete: observed.source.incomplete, config, sets, previous, now };
  const found = findRevision(query) ?? findByMeaning(query, template);
  const waiting = holdOf(question, query, live, found);
  const hash = waiting === undefined ? (found?.hash ?? newLabel(query)) : heldHash(query, found, waiting.hold);
  return { hash, templateHash, template, record, hold: waiting?.hold, problem: live.problem, settlingSince: waiting?.since };
}

interface Waiting {
  readonly hold: ConfigHold;
  readonly since?: Instant;
}

/** The workload asks for another revision than the current and the stable one: steps and analysis of the Rollout may still be those of the commit before. */
function isOfWorkload({ rollout }: Question, query: LabelQuery, found: ObservedReplicaSet | undefined): boolean {
  if (rollout.spec.workloadRef === undefined) return false;
  return startsRevision(found?.hash ?? newLabel(query), { currentPodHash: query.currentHash, stableRS: query.stableHash });
}

/** Whether this revision is neither the current nor the stable one: a release begins with it. The first one of all is none, since nothing was there before. */
export function startsRevision(hash: string | undefined, status: Pick<RolloutStatus, 'currentPodHash' | 'stableRS'> | undefined): boolean {
  return status?.currentPodHash !== undefined && hash !== status.currentPodHash && hash !== status.stableRS;
}

/** Why the live revision waits: something is missing; a new one cannot be made; only the configuration changed, a moment ago; or the commit that brought it is half there. */
function holdOf(question: Question, query: LabelQuery, live: LiveConfig, found: ObservedReplicaSet | undefined): Waiting | undefined {
  if (live.problem?.reason === 'ConfigMissing') return { hold: { ...live.problem, until: undefined } };
  const unready = found === undefined ? holdNew(question, live) : undefined;
  if (unready !== undefined) return { hold: unready };
  const since = live.problem === undefined ? settling(question, query, found) : undefined;
  const settles = since === undefined ? undefined : settlingHold(question, query.record, since);
  const incomplete = since !== undefined || isOfWorkload(question, query, found) ? incompleteHold(question) : undefined;
  const hold = settles ?? incomplete;
  return hold === undefined ? undefined : { hold, ...(since === undefined ? {} : { since }) };
}

function unknownRevision(hash: string): Revision {
  return {
    hash,
    templateHash: hash,
    template: NO_TEMPLATE,
    record: EMPTY_RECORD,
    hold: undefined,
    problem: undefined,
    settlingSince: undefined,
  };
}

/** What stays current while the live revision waits. */
function heldHash(query: LabelQuery, found: ObservedReplicaSet | undefined, hold: ConfigHold): string {
  const kept = hold.reason === 'ConfigSettling' || hold.reason === 'CommitIncomplete' ? undefined : found?.hash;
  return kept ?? query.currentHash ?? query.templateHash;
}

/** The config hash of the live revision. */
export function configHashOf(revision: Revision): string | undefined {
  return configHash(revision.record);
}
