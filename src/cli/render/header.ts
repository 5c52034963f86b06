import type { Instant } from '../../api/time.ts';
import { describeChange } from '../../core/config/config-changes.ts';
import type { RevisionView, RolloutView } from '../model/rollout-view.ts';
import { desiredWeight } from '../model/steps.ts';
import type { Paint } from './color.ts';
import { deadlineSummary } from './deadlines.ts';
import { clean } from './escape.ts';
import { effectiveMessage, effectivePhase, paintState } from './status-line.ts';
import { stepSummary } from './steps.ts';

const LABEL_WIDTH = 13;

/** `Label:       text`, further texts aligned below it. */
export function field(label: string, texts: readonly string[], paint: Paint): string[] {
  return texts.map((text, index) => `${index === 0 ? paint('dim', `${label}:`.padEnd(LABEL_WIDTH)) : ' '.repeat(LABEL_WIDTH)}${text}`);
}

/** The block on top: what it is, how it is, where it is in its steps, what runs, and where it came from. */
export function renderHeader(view: RolloutView, now: Instant, paint: Paint): string[] {
  const optional = (label: string, text: string | undefined): string[] =>
    text === undefined || text === '' ? [] : field(label, [text], paint);
  return [
    ...field('Name', [paint('strong', view.name)], paint),
    ...field('Namespace', [view.namespace], paint),
    ...field('Status', [paintState(effectivePhase(view), paint)], paint),
    ...optional('Message', effectiveMessage(view)),
    ...optional('Revision', view.status.revision === undefined ? undefined : String(view.status.revision)),
    ...field('Strategy', [view.strategy], paint),
    ...optional('Step', stepSummary(view)),
    ...optional('Weight', weightSummary(view)),
    ...optional('Deadline', deadlineSummary(view, now)),
    ...field('Images', imageLines(view, paint), paint),
    ...field('Replicas', [replicaSummary(view)], paint),
    ...optional('Config', configSummary(view)),
    ...optional('Source', sourceSummary(view)),
    ...optional('Last good', lastGoodSummary(view)),
  ];
}

/** The three weights of design 1: desired, written, and whether the data plane confirms it. */
function weightSummary(view: RolloutView): string | undefined {
  const desired = desiredWeight(view);
  if (desired === undefined) return undefined;
  const weights = view.status.canary?.weights;
  if (weights === undefined) return `${desired} desired`;
  const verified = weights.verified === true ? ', verified' : weights.verified === false ? ', not verified yet' : '';
  return `${desired} desired, ${weights.canary.weight} actual${verified}`;
}

function imageLines(view: RolloutView, paint: Paint): string[] {
  const serving = view.revisions.filter((revision) => revision.role !== 'old' && revision.replicaSet !== undefined);
  return serving.flatMap((revision) => (revision.replicaSet?.images ?? []).map((image) => `${image} ${paintRole(revision, paint)}`));
}

/** `(canary)` in the role's tone. */
function paintRole(revision: RevisionView, paint: Paint): string {
  const tone = revision.role === 'stable' || revision.role === 'active' ? 'good' : 'wait';
  return paint(tone, `(${revision.role})`);
}

function replicaSummary(view: RolloutView): string {
  const { replicas, updatedReplicas, readyReplicas, availableReplicas } = view.status;
  const counts = [
    `${view.desiredReplicas} desired`,
    `${replicas ?? 0} current`,
    `${updatedReplicas ?? 0} updated`,
    `${readyReplicas ?? 0} ready`,
    `${availableReplicas ?? 0} available`,
  ];
  return counts.join(', ');
}

/** How the configuration under test differs from that of stable, as the controller found it: objects and keys, never a value. */
function configSummary(view: RolloutView): string | undefined {
  const { changes = [], only } = view.status.config ?? {};
  if (changes.length === 0) return undefined;
  const described = changes.map(describeChange).join(', ');
  return clean(only === true ? `differs from stable in nothing else: ${described}` : `differs from stable: ${described}`);
}

function sourceSummary(view: RolloutView): string | undefined {
  const source = view.status.provenance?.current;
  if (source === undefined) return undefined;
  return clean(
    `${source.engine}/${source.name}: ${shortCommit(source.commit)} on ${source.branch} of ${source.repository}, ${source.file}`,
  );
}

function lastGoodSummary(view: RolloutView): string | undefined {
  const good = view.status.provenance?.lastGood;
  if (good === undefined || good.commit === view.status.provenance?.current?.commit) return undefined;
  return clean(`${shortCommit(good.commit)} on ${good.branch}`);
}

/** A commit as people write it: the first ten digits. */
export function shortCommit(commit: string): string {
  return clean(commit).slice(0, 10);
}
