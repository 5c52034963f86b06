import { CONFIG_MAP, SECRET } from '../../api/kinds.ts';
import { CONFIG_COPY } from '../../api/labels.ts';
import type { Rollout } from '../../api/rollout.ts';
import { type ConfigKind, configKey, configRefs, splitConfigKey } from '../../core/config/config-refs.ts';
import { followsConfig } from '../../core/config/live-config.ts';
import type { ConfigReading, ObservedConfigObject } from '../../core/config/observed-config.ts';
import { recordOf } from '../../core/config/revision-label.ts';
import type { ObservedReplicaSet } from '../../core/rollout/observed.ts';
import type { ConfigSources } from '../../observe/config-sources.ts';
import { toConfigView } from '../../observe/config-view.ts';
import { BY_OWNER } from '../../observe/rollout-stores.ts';
import { STORE_INDEXES } from '../../observe/store-indexes.ts';
import type { ObjectReader } from './object-reader.ts';

const KINDS = { ConfigMap: CONFIG_MAP, Secret: SECRET } as const;

/** What a Rollout's pods take configuration from: its objects by name, and the copies of them in the namespace. Only digests of the content stay. */
export async function readConfig(rollout: Rollout, sets: readonly ObservedReplicaSet[], reader: ObjectReader): Promise<ConfigSources> {
  const wanted = wantedNames(rollout, sets);
  const [configMaps, secrets] = await Promise.all([
    readKind('ConfigMap', rollout, wanted, reader),
    // Whether the controller may read Secrets here is the chart's business; a revision that records one tells that it may.
    recordsSecret(sets) ? readKind('Secret', rollout, wanted, reader) : OFF,
  ]);
  const kinds = { ConfigMap: configMaps, Secret: secrets };
  return {
    need: () => undefined,
    drop: () => undefined,
    reading: (_namespace, kind) => kinds[kind].reading,
    find: (_namespace, kind, name) => kinds[kind].find(name),
    ownedBy: (_namespace, uid) => [...configMaps.ownedBy(uid), ...secrets.ownedBy(uid)],
  };
}

interface KindSource {
  readonly reading: ConfigReading;
  find(name: string): ObservedConfigObject | undefined;
  ownedBy(uid: string): readonly ObservedConfigObject[];
}

const OFF: KindSource = { reading: { state: 'Off' }, find: () => undefined, ownedBy: () => [] };

function recordsSecret(sets: readonly ObservedReplicaSet[]): boolean {
  return sets.some((set) => [...recordOf(set).keys()].some((key) => splitConfigKey(key).kind === 'Secret'));
}

/** `Kind/name` of everything that the template, a ReplicaSet or its record names. */
function wantedNames(rollout: Rollout, sets: readonly ObservedReplicaSet[]): ReadonlySet<string> {
  const live = followsConfig(rollout.spec) ? configRefs(rollout.spec.template ?? {}) : [];
  const used = sets.flatMap((set) => configRefs(set.template));
  return new Set([...[...live, ...used].map(configKey), ...sets.flatMap((set) => [...recordOf(set).keys()])]);
}

async function readKind(kind: ConfigKind, rollout: Rollout, wanted: ReadonlySet<string>, reader: ObjectReader): Promise<KindSource> {
  const namespace = rollout.metadata.namespace ?? '';
  const names = [...wanted].map(splitConfigKey).filter((one) => one.kind === kind);
  if (names.length === 0) return OFF;
  const view = toConfigView(kind);
  const copies = await reader.list({
    kind: KINDS[kind],
    namespace,
    labelSelector: `${CONFIG_COPY}=true`,
    parse: view,
    indexes: STORE_INDEXES.config,
    essential: false,
  });
  if (copies.outcome !== 'read') {
    const message = `${KINDS[kind].plural} cannot be listed by whoever asks for this explanation`;
    return { ...OFF, reading: { state: 'Unreadable', message } };
  }
  const others = names.filter(({ name }) => copies.store.get(`${namespace}/${name}`) === undefined);
  const objects = await Promise.all(others.map(({ name }) => reader.get(KINDS[kind], { namespace, name }, false)));
  const present = objects.filter((object) => object !== undefined && object !== 'unread').map((object) => view(object).observed);
  const found = new Map(present.map((object) => [object.name, object]));
  return {
    reading: { state: 'Read' },
    find: (name) => found.get(name) ?? copies.store.get(`${namespace}/${name}`)?.observed,
    ownedBy: (uid) => copies.store.byIndex(BY_OWNER, uid).map((one) => one.observed),
  };
}
