import type { OwnerReference } from '../../src/api/metadata.ts';
import { digestConfig } from '../../src/core/config/config-digest.ts';
import { type ConfigKind, configKey } from '../../src/core/config/config-refs.ts';
import type { ConfigReading, ObservedConfig, ObservedConfigObject } from '../../src/core/config/observed-config.ts';
import type { ConfigAction } from '../../src/core/plan/config-action.ts';

type Data = Readonly<Record<string, string>>;

interface Held {
  readonly observed: ObservedConfigObject;
  readonly data: Data;
}

const OWNER: OwnerReference = { apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout', name: 'checkout', uid: 'uid-1' };

/** The ConfigMaps and Secrets of a tiny world, with the copies that plans make of them. */
export class WorldConfig {
  readonly objects = new Map<string, Held>();
  configMaps: ConfigReading = { state: 'Read' };
  secrets: ConfigReading = { state: 'Off' };
  refused: ObservedConfig['refused'];
  /** Every copy that was made or deleted, in order. */
  readonly log: string[] = [];
  #version = 1;

  set(name: string, data: Data, kind: ConfigKind = 'ConfigMap', more: Partial<ObservedConfigObject> = {}): void {
    this.#version += 1;
    const before = this.objects.get(configKey({ kind, name }))?.observed;
    const observed: ObservedConfigObject = {
      kind,
      name,
      uid: before?.uid ?? `${kind}-${name}`,
      resourceVersion: String(this.#version),
      ...digestConfig({ apiVersion: 'v1', kind, metadata: { name }, data }),
      live: false,
      immutable: false,
      deleting: false,
      copyOf: undefined,
      ownerReferences: [],
      ...more,
    };
    this.objects.set(configKey({ kind, name }), { observed, data });
  }

  remove(name: string, kind: ConfigKind = 'ConfigMap'): void {
    this.objects.delete(configKey({ kind, name }));
  }

  observe(): ObservedConfig {
    const { configMaps, secrets, refused } = this;
    const readable = [...this.objects].filter(([key]) => (key.startsWith('Secret/') ? secrets : configMaps).state === 'Read');
    return { configMaps, secrets, refused, objects: new Map(readable.map(([key, held]) => [key, held.observed])) };
  }

  /** Names of the copies that exist. */
  copies(): readonly string[] {
    return [...this.objects.values()].flatMap(({ observed }) => (observed.copyOf === undefined ? [] : [observed.name]));
  }

  dataOf(name: string, kind: ConfigKind = 'ConfigMap'): Data | undefined {
    return this.objects.get(configKey({ kind, name }))?.data;
  }

  apply(action: Exclude<ConfigAction, { type: 'recordConfig' }>): void {
    if (action.type === 'copyConfig') {
      const source = this.objects.get(configKey({ kind: action.kind, name: action.source }));
      if (source?.observed.digest !== action.digest) throw new Error(`conflict on ${action.source}`);
      if (this.objects.has(configKey({ kind: action.kind, name: action.copy }))) return;
      this.log.push(`+${action.copy}`);
      this.set(action.copy, source.data, action.kind, { copyOf: action.source, immutable: true, ownerReferences: [OWNER] });
      return;
    }
    const key = configKey({ kind: action.kind, name: action.target.name });
    const held = this.objects.get(key);
    if (held?.observed.resourceVersion !== action.target.resourceVersion) throw new Error(`conflict on ${action.target.name}`);
    if (action.type === 'deleteConfigCopy') {
      this.log.push(`-${action.target.name}`);
      this.objects.delete(key);
      return;
    }
    const ownerReferences = action.type === 'shareConfigCopy' ? [...action.ownerReferences, OWNER] : action.ownerReferences;
    this.set(action.target.name, held.data, action.kind, { copyOf: held.observed.copyOf, immutable: true, ownerReferences });
  }
}
