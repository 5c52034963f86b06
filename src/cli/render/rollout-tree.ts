import { type Instant, millis, parseInstant } from '../../api/time.ts';
import type { PodView, ReplicaSetView } from '../model/replica-set-view.ts';
import { type ConfigObjectView, configNote } from '../model/revision-config.ts';
import type { RevisionView, RolloutView } from '../model/rollout-view.ts';
import type { RunView } from '../model/run-view.ts';
import { formatAge, formatDuration } from './age.ts';
import type { Paint } from './color.ts';
import { effectivePhase, markOf } from './status-line.ts';
import { type Cell, cell, renderTable } from './table.ts';
import { flattenTree, type TreeNode } from './tree.ts';

/** Old revisions that hold neither pods nor runs are shown up to this many; more are counted in one line. */
const EMPTY_REVISIONS = 3;

/** Revisions, ReplicaSets, AnalysisRuns as a tree. Pods are shown when they cannot start, or all of them when `wide`. */
export function renderRolloutTree(view: RolloutView, now: Instant, wide: boolean, paint: Paint): string[] {
  const empty = view.revisions.filter(isIdle);
  const hidden = wide ? [] : empty.slice(EMPTY_REVISIONS);
  const shown = view.revisions.filter((revision) => !hidden.includes(revision));
  const more: TreeNode[] =
    hidden.length === 0
      ? []
      : [{ cells: [cell(`${hidden.length} older revisions without pods (-o wide shows them)`, 'dim')], children: [] }];
  const root: TreeNode = {
    cells: [cell(view.name, 'strong'), cell('Rollout'), stateCell(effectivePhase(view)), cell(formatAge(view.createdAt, now))],
    children: [...shown.map((revision) => revisionNode(revision, now, wide)), ...more],
  };
  return renderTable(['NAME', 'KIND', 'STATUS', 'AGE', 'INFO'], flattenTree(root), paint);
}

function isIdle(revision: RevisionView): boolean {
  const set = revision.replicaSet;
  return revision.role === 'old' && !revision.quarantined && (set === undefined || (set.desired === 0 && set.current === 0));
}

function revisionNode(revision: RevisionView, now: Instant, wide: boolean): TreeNode {
  const words = [revision.role === 'old' ? '' : revision.role, revision.quarantined ? 'quarantined' : ''].filter((word) => word !== '');
  const tone = revision.quarantined
    ? 'bad'
    : revision.role === 'old'
      ? 'dim'
      : revision.role === 'stable' || revision.role === 'active'
        ? 'good'
        : 'wait';
  const label = `revision ${revision.ordinal ?? revision.hash}`;
  const set = revision.replicaSet;
  return {
    cells: [
      cell(words.length === 0 ? label : `${label} (${words.join(', ')})`, tone),
      cell(''),
      cell(''),
      cell(''),
      cell(configNote(revision.config)),
    ],
    children: [
      ...(set === undefined ? [] : [replicaSetNode(set, now, wide)]),
      ...(wide ? revision.config.objects.map(configNode) : []),
      ...revision.runs.map((run) => runNode(run, now)),
    ],
  };
}

/** One object of the configuration, under the name of the copy that the pods read. */
function configNode({ kind, name, copy, change }: ConfigObjectView): TreeNode {
  const origin = copy === undefined ? 'optional, and not there' : `copy of ${name}`;
  const info = [origin, change ?? ''].filter((part) => part !== '').join(', ');
  return { cells: [cell(copy ?? name), cell(kind), cell(''), cell(''), cell(info)], children: [] };
}

function replicaSetNode(set: ReplicaSetView, now: Instant, wide: boolean): TreeNode {
  const info = [`${set.ready}/${set.desired} ready`];
  const deadline = parseInstant(set.scaleDownAt);
  if (deadline !== undefined && deadline > now) info.push(`scales down in ${formatDuration(millis(deadline - now))}`);
  const pods = wide ? set.pods : set.pods.filter((pod) => pod.troubled);
  return {
    cells: [cell(set.name), cell('ReplicaSet'), replicaSetState(set), cell(formatAge(set.createdAt, now)), cell(info.join(', '))],
    children: pods.map((pod) => podNode(pod, now)),
  };
}

function replicaSetState(set: ReplicaSetView): Cell {
  if (set.pods.some((pod) => pod.troubled)) return cell('✖ Degraded', 'bad');
  if (set.desired === 0 && set.current === 0) return cell('· ScaledDown', 'dim');
  return set.available >= set.desired && set.current === set.desired ? cell('✔ Healthy', 'good') : cell('◌ Progressing', 'busy');
}

function podNode(pod: PodView, now: Instant): TreeNode {
  const state = pod.troubled ? cell(`✖ ${pod.state}`, 'bad') : pod.ready ? cell(`✔ ${pod.state}`, 'good') : cell(`◌ ${pod.state}`, 'busy');
  const restarts = pod.restarts === 0 ? '' : `${pod.restarts} restart${pod.restarts === 1 ? '' : 's'}`;
  return { cells: [cell(pod.name), cell('Pod'), state, cell(formatAge(pod.createdAt, now)), cell(restarts)], children: [] };
}

/** Phases whose numbers say enough. */
const SILENT: ReadonlySet<string> = new Set(['Pending', 'Running', 'Successful']);

function runNode(run: RunView, now: Instant): TreeNode {
  const place = run.step === undefined ? (run.type ?? '') : `step ${run.step}`;
  const message = SILENT.has(run.phase) ? '' : (run.message ?? '');
  const info = [place, message].filter((text) => text !== '').join(': ');
  return {
    cells: [cell(run.name), cell('AnalysisRun'), stateCell(run.phase), cell(formatAge(run.createdAt, now)), cell(info)],
    children: run.metrics.map((metric): TreeNode => {
      const count = metric.wanted === undefined ? `${metric.taken}` : `${metric.taken}/${metric.wanted}`;
      const value = metric.value === undefined ? 'no value yet' : `= ${metric.value}`;
      const why = metric.phase === 'Error' || metric.phase === 'Inconclusive' ? (metric.message ?? '') : '';
      const text = [`${value} (${count} measured)`, why].filter((part) => part !== '').join(', ');
      return { cells: [cell(metric.name), cell('metric', 'dim'), stateCell(metric.phase), cell(''), cell(text)], children: [] };
    }),
  };
}

function stateCell(state: string): Cell {
  const mark = markOf(state);
  return cell(`${mark.symbol} ${state}`, mark.tone);
}
