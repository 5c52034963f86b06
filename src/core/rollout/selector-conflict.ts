import { MANAGED_BY } from '../../api/labels.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant, instant, parseInstant } from '../../api/time.ts';
import type { ConditionFacts } from '../conditions/timed-conditions.ts';
import type { Action } from '../plan/plan.ts';
import type { Context } from './context.ts';
import { type Draft, patch, say, wake } from './draft.ts';
import type { ObservedService } from './observed.ts';
import { selectedHash } from './selected-hash.ts';

type Conflict = NonNullable<RolloutStatus['selectorConflicts']>[number];
type Switch = Extract<Action, { type: 'setServiceSelector' }>;

/** The first wait before a selector is written again, and the longest. */
const FIRST_WAIT = 10_000;
const LONGEST_WAIT = 300_000;
/** Without another change for this long the fight is over. */
const QUIET = 600_000;
const MOST_COUNTED = 100;

/** Once is an edit; twice is a writer who does it again. */
const FIGHT = 2;

function conflictOf(status: RolloutStatus, name: string): Conflict | undefined {
  return status.selectorConflicts?.find((one) => one.name === name);
}

function withConflict(draft: Draft, next: Conflict): Draft {
  const others = (draft.status.selectorConflicts ?? []).filter((one) => one.name !== next.name);
  return patch(draft, { selectorConflicts: [...others, next].toSorted((a, b) => (a.name < b.name ? -1 : 1)) });
}

/** Whether this switch only puts back what somebody else took out after we had written it. */
function isPutBack(context: Context, service: ObservedService): boolean {
  const ours = service.annotations[MANAGED_BY] === context.name;
  return service.selectorWriter !== undefined && ours && context.previous?.stableRS !== undefined;
}

function waitAfter(count: number): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.max(0, count - 1));
}

/** One switch: let through with its count, or held until its wait is over. A Service that has to go to another revision than before never waits. */
function judgeSwitch(context: Context, draft: Draft, action: Switch, service: ObservedService): Draft {
  const before = conflictOf(draft.status, service.name);
  const podTemplateHash = selectedHash({ ...service, selector: action.selector }) ?? '';
  const seen = before?.version === service.resourceVersion;
  const count = Math.min(MOST_COUNTED, (before?.count ?? 0) + (seen ? 0 : 1));
  const writer = (service.selectorWriter ?? '').slice(0, 128);
  const changedAt = seen ? before.changedAt : formatInstant(context.now);
  const next = { name: service.name, podTemplateHash, count, writer, changedAt, version: service.resourceVersion };
  const until = parseInstant(before?.retryAt);
  if (before?.podTemplateHash === podTemplateHash && until !== undefined && context.now < until) {
    const held = withConflict(draft, { ...next, retryAt: before.retryAt });
    const actions = held.actions.filter((one) => one !== action);
    return wake(
      say({ ...held, actions }, `Service ${service.name} is written again at ${before.retryAt}: ${writer} takes our selector out`),
      until,
    );
  }
  return withConflict(draft, { ...next, retryAt: formatInstant(instant(context.now + waitAfter(count))) });
}

/** Forgets a fight that has been quiet, and looks again when it may be. */
function settle(context: Context, draft: Draft): Draft {
  const conflicts = draft.status.selectorConflicts ?? [];
  const endOf = (one: Conflict): Instant => instant((parseInstant(one.changedAt) ?? context.now) + QUIET);
  const left = conflicts.filter((one) => endOf(one) > context.now && context.observed.services.get(one.name) !== undefined);
  if (left.length === 0) return conflicts.length === 0 ? draft : patch(draft, { selectorConflicts: undefined });
  const kept = left.length === conflicts.length ? draft : patch(draft, { selectorConflicts: left });
  return left.reduce((next, one) => wake(next, endOf(one)), kept);
}

/**
 * Another writer who takes our selector out again: it is put back at once the first time, then after waits that double up to five minutes, so that two
 * controllers never chase each other (F12, L7).
 */
export function holdFoughtSelectors(context: Context, draft: Draft): Draft {
  const judged = draft.actions.reduce((next, action) => {
    const service = action.type === 'setServiceSelector' ? context.observed.services.get(action.target.name) : undefined;
    if (action.type !== 'setServiceSelector' || service === undefined || !isPutBack(context, service)) return next;
    return judgeSwitch(context, next, action, service);
  }, draft);
  return settle(context, judged);
}

/** What to paste where the other writer is configured. */
function remedy(one: Conflict): string {
  const argo = `Argo CD: add to the Application spec: {ignoreDifferences: [{group: "", kind: Service, name: ${one.name}, jsonPointers: [/spec/selector]}], syncPolicy: {syncOptions: [RespectIgnoreDifferences=true]}}`;
  const flux = `Flux: annotate the Service with kustomize.toolkit.fluxcd.io/ssa: IfNotPresent`;
  if (/argo/i.test(one.writer)) return argo;
  if (/kustomize|helm|flux/i.test(one.writer)) return flux;
  return `take the selector out of what ${one.writer} writes; ${argo}; ${flux}; a GitSync leaves it alone by itself`;
}

/** The Service that is fought over, in the words of its condition; undefined when none is. */
export function selectorConflict(status: RolloutStatus): ConditionFacts | undefined {
  const fought = status.selectorConflicts?.find((one) => one.count >= FIGHT);
  if (fought === undefined) return undefined;
  const times = fought.count >= MOST_COUNTED ? `${MOST_COUNTED} times or more` : `${fought.count} times`;
  const message = `${fought.writer} took revision ${fought.podTemplateHash} out of the selector of Service ${fought.name} ${times}, last at ${fought.changedAt}; it is written again at most every five minutes. ${remedy(fought)}`;
  return { type: 'ServiceSelectorConflict', status: 'True', reason: 'OtherWriter', message };
}
