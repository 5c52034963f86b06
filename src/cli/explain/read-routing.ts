import type { KubeObject } from '../../api/metadata.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { Store } from '../../kube/store.ts';
import { formerUses } from '../../observe/former-routes.ts';
import type { Routing } from '../../observe/routing.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { TrafficRouters } from '../../ports/traffic-router.ts';
import type { ObjectReader, Outcome } from './object-reader.ts';

interface ReadKind {
  readonly outcome: Outcome;
  readonly store: Store<KubeObject>;
}

const AVAILABILITY = { read: 'Served', missing: 'Missing', unread: 'Syncing' } as const;

/** The routers that a Rollout names, with the objects that they write: each one listed by its name, which tells a missing object from a missing kind. */
export async function readRouting(rollout: Rollout, routers: TrafficRouters, reader: ObjectReader): Promise<Routing> {
  const uses = routers.usedBy(rollout);
  const former = formerUses(rollout, uses, routers);
  const namespace = rollout.metadata.namespace ?? '';
  const read = new Map<ResourceKind, ReadKind[]>();
  for (const { kind, name } of [...uses, ...former].flatMap((use) => use.objects)) {
    const found = await reader.list({
      kind,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      parse: (object) => object,
      essential: true,
    });
    read.set(kind, [...(read.get(kind) ?? []), found]);
  }
  return {
    uses,
    former,
    objects: {
      get: (kind, name) => (read.get(kind) ?? []).map((one) => one.store.get(`${namespace}/${name}`)).find((one) => one !== undefined),
      availability: (kind) => availabilityOf(read.get(kind) ?? []),
    },
    firstLook: false,
  };
}

function availabilityOf(parts: readonly ReadKind[]): 'Served' | 'Missing' | 'Syncing' {
  const worst = parts.find((part) => part.outcome !== 'read') ?? parts[0];
  return worst === undefined ? 'Syncing' : AVAILABILITY[worst.outcome];
}
