import { type KindDescriptor, SECRET } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { applyStages } from '../../core/sync/apply-order.ts';
import { hasDrifted } from '../../core/sync/drift.ts';
import { findKind } from '../../core/sync/known-kinds.ts';
import type { Manifest } from '../../core/sync/manifest.ts';
import { SYNC_MANAGER } from '../../core/sync/spec-owner.ts';
import { otherOwner, type Stamp, stampObject } from '../../core/sync/stamp-object.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import type { HoldBack } from './hold-back.ts';

export interface ApplyRequest {
  /** As the service account. */
  readonly as: Cluster;
  readonly manifests: readonly Manifest[];
  readonly kinds: readonly KindDescriptor[];
  readonly stampOf: (manifest: Manifest) => Stamp;
  /** Why a manifest has to wait for others that failed. */
  readonly heldBack: HoldBack;
  readonly signal: AbortSignal;
}

export type ApplyOutcome =
  | { readonly manifest: Manifest; readonly type: 'applied' | 'unchanged'; readonly object: KubeObject; readonly commit: string }
  | { readonly manifest: Manifest; readonly type: 'failed'; readonly message: string };

interface Tried {
  readonly manifest: Manifest;
  readonly kind: KindDescriptor;
  readonly stamped: KubeObject;
  readonly stamp: Stamp;
  readonly live: KubeObject | undefined;
  readonly dryRun: KubeObject;
}

function failed(manifest: Manifest, message: string): ApplyOutcome {
  return { manifest, type: 'failed', message: `${manifest.file}:${manifest.line}: ${manifest.kind} ${manifest.name}: ${message}` };
}

/** The API server quotes what it cannot take, and that may be the credential itself (M11). */
const UNQUOTED =
  'the API server does not take its content; what it says is not shown, since it may hold a value: try kubectl apply --server-side --dry-run=server';

/** What the API server says about one object is that object's problem; anything else (no connection, given up) ends the pass. */
function objectProblem(manifest: Manifest, error: unknown): string {
  const own = ['spec_invalid', 'forbidden', 'conflict', 'not_found', 'already_exists'] as const;
  if (!isSluiceError(error) || own.every((code) => code !== error.code)) throw error;
  return manifest.kind === SECRET.kind && error.code === 'spec_invalid' ? UNQUOTED : error.message;
}

async function dryRun(request: ApplyRequest, manifest: Manifest): Promise<Tried | ApplyOutcome> {
  const { as, signal } = request;
  const kind = findKind(manifest.group, manifest.version, manifest.kind, request.kinds);
  if (kind === undefined) return failed(manifest, 'the kind is not known here');
  const stamp = request.stampOf(manifest);
  try {
    const live = await as.get(kind, { namespace: manifest.namespace, name: manifest.name }, { signal });
    const owner = otherOwner(live, stamp);
    if (owner !== undefined) return failed(manifest, `it belongs to the GitSync ${owner}; remove it from one of the two`);
    const stamped = stampObject(manifest, stamp, live);
    const options = { fieldManager: SYNC_MANAGER, force: true, fieldValidation: 'Strict', signal } as const;
    const result = await as.apply(kind, stamped, { ...options, dryRun: true });
    return { manifest, kind, stamped, stamp, live, dryRun: result };
  } catch (error) {
    return failed(manifest, objectProblem(manifest, error));
  }
}

async function tryOne(request: ApplyRequest, manifest: Manifest, failures: ReadonlySet<string>): Promise<Tried | ApplyOutcome> {
  try {
    const held = await request.heldBack(manifest, failures);
    return held === undefined ? await dryRun(request, manifest) : failed(manifest, held);
  } catch (error) {
    return failed(manifest, objectProblem(manifest, error));
  }
}

/** How often an object that somebody writes in between is read and tried again at once. */
const CONFLICTS = 3;

/** Applies what was tried; one that somebody wrote since is judged again on what it is now. */
async function applyTried(request: ApplyRequest, first: Tried): Promise<ApplyOutcome> {
  let tried: Tried | ApplyOutcome = first;
  for (let conflicts = 0; 'dryRun' in tried; conflicts += 1) {
    const outcome = await applyOne(request, tried, conflicts < CONFLICTS);
    if (outcome !== 'conflict') return outcome;
    tried = await dryRun(request, first.manifest);
  }
  return tried;
}

async function applyOne(request: ApplyRequest, tried: Tried, again: boolean): Promise<ApplyOutcome | 'conflict'> {
  const { manifest, kind, stamped, live, stamp } = tried;
  if (live !== undefined && !hasDrifted(live, tried.dryRun)) return { manifest, type: 'unchanged', object: live, commit: stamp.commit };
  try {
    const options = { fieldManager: SYNC_MANAGER, force: true, fieldValidation: 'Strict', signal: request.signal } as const;
    return { manifest, type: 'applied', object: await request.as.apply(kind, stamped, options), commit: stamp.commit };
  } catch (error) {
    if (again && isSluiceError(error, 'conflict')) return 'conflict';
    return failed(manifest, objectProblem(manifest, error));
  }
}

/** Applies stage by stage: every object of a stage is tried dry before any is written; one that fails is reported and stops no other. */
export async function applyManifests(request: ApplyRequest): Promise<readonly ApplyOutcome[]> {
  const outcomes: ApplyOutcome[] = [];
  const failures = new Set<string>();
  const keep = (outcome: ApplyOutcome): void => {
    outcomes.push(outcome);
    if (outcome.type === 'failed') failures.add(outcome.manifest.id);
  };
  for (const stage of applyStages(request.manifests)) {
    const tried: Tried[] = [];
    for (const manifest of stage) {
      const result = await tryOne(request, manifest, failures);
      if ('dryRun' in result) tried.push(result);
      else keep(result);
    }
    for (const one of tried) keep(await applyTried(request, one));
  }
  return outcomes;
}
