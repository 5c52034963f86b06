import type { KubeObject } from '../../api/metadata.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { Store } from '../../kube/store.ts';
import { formerUses } from '../../observe/former-routes.ts';
import type { Routing } from '../../observe/routing.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { TrafficRouters } from '../../ports/traffic-router.ts';
import type { ObjectReader, Outcome } from './object-reader.ts';

interface ReadObject {
  readonly kind: ResourceKind;
  readonly outcome: Outcome;
  readonly store: Store<KubeObject>;
}

const AVAILABILITY = { read: 'Served', missing: 'Missing', unread: 'Syncing' } as const;

/** The routers that a Rollout names, with the objects that they write: each one listed by its name, which tells a missing object from a missing kind. */
export async function readRouting(rollout: Rollout, routers: TrafficRouters, reader: ObjectReader): Promise<Routing> {
  const uses = routers.usedBy(rollout);
  const former = formerUses(rollout, uses, routers);
  const namespace = rollout.metadata.namespace ?? '';
  const read = await Promise.all([...uses, ...former].flatMap((use) => use.objects).map((object) => readByName(object, namespace, reader)));
  const of = (kind: ResourceKind): readonly ReadObject[] => read.filter((one) => one.kind === kind);
  return {
    uses,
    former,
    objects: {
      get: (kind, name) =>
        of(kind)
          .map((one) => one.store.get(`${namespace}/${name}`))
          .find((one) => one !== undefined),
      availability: (kind) => availabilityOf(of(kind)),
    },
    firstLook: false,
  };
}

async function readByName(
  { kind, name }: { readonly kind: ResourceKind; readonly name: string },
  namespace: string,
  reader: ObjectReader,
): Promise<ReadObject> {
  const found = await reader.list({ kind, namespace, fieldSelector: `metadata.name=${name}`, parse: (object) => object, essential: true });
  return { kind, ...found };
}

function availabilityOf(parts: readonly ReadObject[]): 'Served' | 'Missing' | 'Syncing' {
  const worst = parts.find((part) => part.outcome !== 'read') ?? parts[0];
  return worst === undefined ? 'Syncing' : AVAILABILITY[worst.outcome];
}
