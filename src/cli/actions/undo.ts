import { REPLICA_SET } from '../../api/kinds.ts';
import { CONFIG_RECORD, POD_TEMPLATE_HASH, REVISION } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { parseRecord } from '../../core/config/config-record.ts';
import { withoutCopies } from '../../core/config/revision-object.ts';
import { authoredTemplate } from '../../core/rollout/replica-set-template.ts';
import type { ObjectRef } from '../../ports/cluster.ts';
import { refused, wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { recordAt } from '../model/fields.ts';
import { describeGitUndo } from '../model/git-undo.ts';
import { getRollout, listObjects } from '../model/read-rollout.ts';
import { toRevisionConfig } from '../model/revision-config.ts';
import { isControlledBy, isQuarantined, readStatus } from '../model/rollout-view.ts';
import { withProgress } from '../progress.ts';
import { clean } from '../render/escape.ts';
import { type GlobalFlags, type Session, withSession } from '../session.ts';
import { rolloutName } from '../target.ts';
import { parseDryRun } from './dry-run.ts';
import { patchTemplate } from './template-target.ts';

export interface UndoFlags extends GlobalFlags {
  readonly toRevision?: string | undefined;
  readonly force?: boolean | undefined;
  readonly dryRun?: string | undefined;
}

interface Candidate {
  readonly ordinal: number;
  readonly hash: string;
  readonly template: Readonly<Record<string, unknown>>;
  readonly set: KubeObject;
  /** It breached: the controller does not roll it out again by itself. */
  readonly quarantined: boolean;
}

/** Puts an earlier revision's pod template back, with the person's own rights; refuses when Git is the source, unless forced. */
export async function runUndo(context: CliContext, words: readonly string[], flags: UndoFlags): Promise<void> {
  const wanted = parseRevision(flags.toRevision);
  const dryRun = parseDryRun(flags.dryRun);
  const name = rolloutName(words);
  await withSession(context, flags, async (session) => {
    const ref = { namespace: session.namespace, name };
    const rollout = await withProgress(context, 'Reading the rollout', getRollout(session.cluster, ref, context.signal));
    const status = readStatus(rollout['status']);
    const candidates = await readCandidates(context, session, rollout, status);
    const candidate = choose(candidates, ref, status, wanted);
    refuseSameTemplate(
      candidate,
      candidates.find((one) => one.hash === status.currentPodHash),
    );
    const source = status.provenance?.current;
    if (source !== undefined && flags.force !== true) {
      throw refused(
        `rollout "${ref.name}" comes from Git, and the reconciler would put the present template back`,
        `${describeGitUndo(source, status, candidate === before(candidates, status)[0])}; --force patches the cluster all the same`,
      );
    }
    if (candidate.quarantined) {
      const retry = `kubectl sluice retry ${ref.name} -n ${ref.namespace}`;
      context.err(`note: revision ${candidate.ordinal} is quarantined, because it breached: it is held without traffic until ${retry}\n`);
    }
    await patchTemplate(context, session, rollout, {
      verb: 'undo',
      dryRun,
      changes: () => [{ op: 'replace', path: '/spec/template', value: candidate.template }],
      done: `template of revision ${candidate.ordinal} (${clean(candidate.hash)}) restored`,
    });
  });
}

/** A template that is there already would change nothing: what differs is configuration, which stands in objects of its own. */
function refuseSameTemplate(candidate: Candidate, present: Candidate | undefined): void {
  if (present === undefined) return;
  const { objects, only } = toRevisionConfig(candidate.set, present.set);
  if (!only) return;
  const differing = objects.filter((object) => object.change !== undefined);
  const copies = differing.flatMap((object) =>
    object.copy === undefined ? [] : [`kubectl get ${object.kind.toLowerCase()} ${object.copy} -o yaml`],
  );
  const look = copies.length === 0 ? '' : `; what it was: ${copies.join(', ')}`;
  throw refused(
    `revision ${candidate.ordinal} has the present pod template, and other configuration: ${differing.map((object) => `${object.kind} ${object.name}`).join(', ')}`,
    `put that back where it is kept${look}`,
  );
}

function parseRevision(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^[0-9]{1,9}$/u.test(text))
    throw wrongUsage(`"${text}" is not a revision`, 'give its number; 0 means the one before the present one');
  return Number(text);
}

async function readCandidates(
  context: CliContext,
  session: Session,
  rollout: KubeObject,
  status: RolloutStatus,
): Promise<readonly Candidate[]> {
  const options = { namespace: session.namespace, labelSelector: POD_TEMPLATE_HASH, signal: context.signal };
  const sets = await withProgress(context, 'Reading the revisions', listObjects(session.cluster, REPLICA_SET, options));
  return sets
    .filter((set) => isControlledBy(set, rollout.metadata.uid))
    .flatMap((set) => {
      const ordinal = set.metadata.annotations?.[REVISION];
      const hash = set.metadata.labels?.[POD_TEMPLATE_HASH];
      if (ordinal === undefined || hash === undefined || !/^[0-9]{1,9}$/u.test(ordinal)) return [];
      return [{ ordinal: Number(ordinal), hash, template: templateOf(set), set, quarantined: isQuarantined(set, hash, status) }];
    })
    .toSorted((left, right) => right.ordinal - left.ordinal);
}

/** The template as a person wrote it: without copies of configuration, and without what Sluice put in. */
function templateOf(set: KubeObject): Readonly<Record<string, unknown>> {
  const annotations = set.metadata.annotations ?? {};
  const own = withoutCopies(recordAt(set, 'spec', 'template'), parseRecord(annotations[CONFIG_RECORD]));
  return authoredTemplate(own, annotations);
}

function presentOrdinal(candidates: readonly Candidate[], status: RolloutStatus): number | undefined {
  return candidates.find((candidate) => candidate.hash === status.currentPodHash)?.ordinal ?? status.revision;
}

/** The revisions before the present one, the newest first. */
function before(candidates: readonly Candidate[], status: RolloutStatus): readonly Candidate[] {
  const present = presentOrdinal(candidates, status);
  return candidates.filter(({ hash, ordinal }) => hash !== status.currentPodHash && (present === undefined || ordinal < present));
}

/** The revision that is asked for; without a number the newest before the present one that did not breach. */
function choose(candidates: readonly Candidate[], ref: ObjectRef, status: RolloutStatus, wanted: number): Candidate {
  const known = candidates.map(({ ordinal, quarantined }) => `${ordinal}${quarantined ? ' (quarantined)' : ''}`).join(', ') || 'none';
  if (wanted !== 0 && wanted === presentOrdinal(candidates, status))
    throw refused(`revision ${wanted} is the present one`, `there are: ${known}`);
  const found =
    wanted === 0
      ? before(candidates, status).find((candidate) => !candidate.quarantined)
      : candidates.find((candidate) => candidate.ordinal === wanted);
  if (found !== undefined) return found;
  const what = wanted === 0 ? 'no earlier revision that did not breach' : `no revision ${wanted}`;
  throw refused(`rollout "${ref.name}" has ${what}`, `there are: ${known}`);
}
