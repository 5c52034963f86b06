import { z } from 'zod';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';
import { findKind } from '../scenario/manifests.ts';
import type { Subject } from './scenario-timeline.ts';

/** The parts of a Rollout that say what else has to be there. */
const rolloutSchema = z.looseObject({
  kind: z.literal('Rollout'),
  metadata: objectMetaSchema,
  spec: z.looseObject({
    selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }).default({ matchLabels: {} }),
    service: z.unknown().optional(),
    strategy: z.looseObject({ canary: z.looseObject({}).optional(), blueGreen: z.looseObject({}).optional() }),
  }),
});

const serviceNames = z.looseObject({
  stableService: z.string().optional(),
  canaryService: z.string().optional(),
  activeService: z.string().optional(),
  previewService: z.string().optional(),
  pingPong: z.looseObject({ pingService: z.string(), pongService: z.string() }).optional(),
});

/** The manifests of a run, what was added to them, and the Rollout that it is about. */
export type CompletedManifests =
  | { readonly ok: true; readonly subject: Subject; readonly objects: readonly KubeObject[]; readonly added: readonly string[] }
  | { readonly ok: false; readonly problem: string; readonly remedy: string };

function namedServices(strategy: unknown): readonly string[] {
  const { pingPong, stableService, canaryService, activeService, previewService } = serviceNames.safeParse(strategy ?? {}).data ?? {};
  return [stableService, canaryService, activeService, previewService, pingPong?.pingService, pingPong?.pongService].filter(
    (name) => name !== undefined,
  );
}

/** A file need not say what every cluster has: a namespace, a place to ask for metrics, and the Services that the strategy names. */
export function completeManifests(given: readonly KubeObject[]): CompletedManifests {
  const rollouts = given.filter((object) => object.kind === 'Rollout');
  const [first] = rollouts;
  if (first === undefined || rollouts.length > 1) {
    return {
      ok: false,
      problem: `the files hold ${rollouts.length} Rollouts; a scenario is about exactly one`,
      remedy: 'give one Rollout with -f',
    };
  }
  const unknown = given
    .filter((object) => findKind(object) === undefined)
    .map((object) => `${object.apiVersion} ${object.kind} ${object.metadata.name}`);
  if (unknown.length > 0)
    return { ok: false, problem: `the simulated cluster does not serve ${unknown.join(', ')}`, remedy: 'leave it out: it takes no part' };
  const namespace = first.metadata.namespace ?? 'default';
  const placed = given.map((object) =>
    object.metadata.namespace !== undefined || findKind(object)?.namespaced !== true
      ? object
      : { ...object, metadata: { ...object.metadata, namespace } },
  );
  const has = (kind: string, name: string): boolean => placed.some((object) => object.kind === kind && object.metadata.name === name);
  const added: KubeObject[] = [];
  if (!has('Namespace', namespace)) added.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  if (!has('MetricProvider', 'default')) {
    const spec = { prometheus: { address: 'http://prometheus.monitoring:9090' } };
    added.push({ apiVersion: 'sluice.dev/v1alpha1', kind: 'MetricProvider', metadata: { name: 'default' }, spec });
  }
  const rollout = rolloutSchema.safeParse(first).data;
  const { canary, blueGreen } = rollout?.spec.strategy ?? {};
  const missing =
    rollout?.spec.service === undefined
      ? [...namedServices(canary), ...namedServices(blueGreen)].filter((name) => !has('Service', name))
      : [];
  for (const name of missing) {
    const spec = { selector: rollout?.spec.selector.matchLabels ?? {}, ports: [{ port: 80, targetPort: 8080 }] };
    added.push({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec });
  }
  const lines = added.map((object) => `${object.kind} ${object.metadata.name}`);
  return { ok: true, subject: { namespace, name: first.metadata.name }, objects: [...added, ...placed], added: lines };
}
