import type { RolloutSpec } from '../../api/rollout.ts';
import { ABSENT, type ConfigRecord, EMPTY_RECORD } from './config-record.ts';
import { type ConfigRef, configKey, configRefs, renameConfigRefs } from './config-refs.ts';
import type { ConfigReading, ObservedConfig, ObservedConfigObject } from './observed-config.ts';

type Template = Readonly<Record<string, unknown>>;

/** What keeps the live configuration from being known, or from being copied. */
export interface ConfigProblem {
  readonly reason: 'ConfigMissing' | 'ConfigUnreadable' | 'ConfigCopyRefused';
  readonly message: string;
}

/** The configuration that the live template asks for. */
export interface LiveConfig {
  /** The template under the names of the objects themselves, also where it names their copies: then an undo took it from a ReplicaSet. */
  readonly template: Template;
  /** As far as it is known; complete when there is no problem. */
  readonly record: ConfigRecord;
  readonly problem: ConfigProblem | undefined;
}

/** Written by the cluster itself, into every namespace: pods have to see what it becomes. */
const LIVE_NAMES: ReadonlySet<string> = new Set([
  'ConfigMap/kube-root-ca.crt',
  'ConfigMap/openshift-service-ca.crt',
  'ConfigMap/istio-ca-root-cert',
]);

/** Whether this Rollout's configuration is part of its revisions: unless it opts out. */
export function followsConfig(spec: Pick<RolloutSpec, 'config'>): boolean {
  return spec.config?.follow !== false;
}

function readingOf(config: ObservedConfig, ref: ConfigRef): ConfigReading {
  return ref.kind === 'ConfigMap' ? config.configMaps : config.secrets;
}

function isFollowed(config: ObservedConfig, ref: ConfigRef): boolean {
  return readingOf(config, ref).state !== 'Off' && !LIVE_NAMES.has(configKey(ref)) && config.objects.get(configKey(ref))?.live !== true;
}

/** The objects that the template's copies were made from, by the key of the copy; none for one that would clash with another reference. */
function originals(template: Template, config: ObservedConfig): ReadonlyMap<string, ObservedConfigObject> {
  const refs = configRefs(template);
  const named = new Set(refs.map(configKey));
  const copies = new Map<string, ObservedConfigObject>();
  const taken = new Set<string>();
  for (const ref of refs) {
    const object = config.objects.get(configKey(ref));
    if (object?.copyOf === undefined || !isFollowed(config, ref)) continue;
    const original = configKey({ kind: ref.kind, name: object.copyOf });
    if (named.has(original) || taken.has(original)) continue;
    taken.add(original);
    copies.set(configKey(ref), object);
  }
  return copies;
}

function missing(refs: readonly ConfigRef[]): ConfigProblem {
  const names = refs.map((ref) => `${ref.kind} ${ref.name}`).join(', ');
  const [one, it] = refs.length === 1 ? ['does not exist', 'it'] : ['do not exist', 'them'];
  return {
    reason: 'ConfigMissing',
    message: `${names}, which the pod template refers to, ${one}: create ${it}, or mark the reference as optional`,
  };
}

function unreadable(config: ObservedConfig, refs: readonly ConfigRef[]): ConfigProblem | undefined {
  for (const ref of refs) {
    const reading = readingOf(config, ref);
    if (reading.state === 'Unreadable' || reading.state === 'Loading') {
      const why = reading.state === 'Loading' ? 'it is being read' : reading.message;
      const remedy = 'let the controller read it, or set spec.config.follow to false';
      return { reason: 'ConfigUnreadable', message: `${ref.kind} ${ref.name} cannot be read: ${why}; ${remedy}` };
    }
  }
  return undefined;
}

/** What a template's configuration is now. A template without references, and one that is not followed, is what it was: itself. */
export function liveConfig(template: Template, config: ObservedConfig | undefined): LiveConfig {
  if (config === undefined || configRefs(template).length === 0) return { template, record: EMPTY_RECORD, problem: undefined };
  const copies = originals(template, config);
  const own = copies.size === 0 ? template : renameConfigRefs(template, (ref) => copies.get(configKey(ref))?.copyOf ?? ref.name);
  const byOriginal = new Map([...copies.values()].map((copy) => [configKey({ kind: copy.kind, name: copy.copyOf ?? '' }), copy]));
  const refs = configRefs(own).filter((ref) => isFollowed(config, ref));
  const blind = unreadable(config, refs);
  if (blind !== undefined) return { template: own, record: EMPTY_RECORD, problem: blind };
  const record = new Map<string, string>();
  const lost: ConfigRef[] = [];
  for (const ref of refs) {
    const object = byOriginal.get(configKey(ref)) ?? config.objects.get(configKey(ref));
    if (object !== undefined) record.set(configKey(ref), object.digest);
    else if (ref.optional) record.set(configKey(ref), ABSENT);
    else lost.push(ref);
  }
  return { template: own, record, problem: lost.length === 0 ? undefined : missing(lost) };
}
