import { ROLLOUT, SERVICE } from '../../../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../../../src/api/labels.ts';
import { parseRollout } from '../../../../src/api/parse.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import type { RolloutStatus } from '../../../../src/api/rollout-status.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';
import { selectorOf } from '../../../../src/sim/invariants/world-view.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { kubectl } from './installation.ts';
import { until } from './until.ts';

const SECONDS = 90;

/** What people do with the Rollouts of one namespace, and what they wait for. */
export interface RolloutHands {
  read(name: string): Promise<Rollout | undefined>;
  /** Waits for a status of the newest generation that is as told. */
  untilStatus(name: string, what: string, holds: (status: RolloutStatus) => boolean): Promise<RolloutStatus>;
  /** The revision that a Service selects. */
  selected(service: string): Promise<string | undefined>;
  /** kubectl in the namespace. */
  run(...args: readonly string[]): Promise<string>;
  apply(...manifests: readonly string[]): Promise<string>;
  /** What the plugin writes for `promote`, `retry` or `abort` of the current revision. */
  ask(name: string, verb: string): Promise<void>;
}

/** Hands in one namespace of the lab. */
export function rolloutHands(lab: LabFiles, cluster: Cluster, namespace: string): RolloutHands {
  const hands: RolloutHands = {
    async read(name) {
      const raw = await cluster.get(ROLLOUT, { namespace, name });
      const parsed = raw === undefined ? undefined : parseRollout(raw);
      return parsed?.ok === true ? parsed.value : undefined;
    },
    untilStatus: (name, what, holds) =>
      until(
        `${name}: ${what}`,
        async () => {
          const { metadata, status } = (await hands.read(name)) ?? {};
          return status !== undefined && status.observedGeneration === metadata?.generation && holds(status) ? status : undefined;
        },
        SECONDS,
        async () => (await hands.read(name))?.status,
      ),
    selected: async (name) => selectorOf(await cluster.get(SERVICE, { namespace, name }))[POD_TEMPLATE_HASH],
    run: (...args) => kubectl(lab, ['--namespace', namespace, ...args]),
    apply: (...manifests) => kubectl(lab, ['--namespace', namespace, 'apply', '-f', '-'], manifests.join('\n---\n')),
    async ask(name, verb) {
      const revision = `${(await hands.read(name))?.status?.currentPodHash}@${Date.now()}`;
      const value = verb === 'abort' ? `sluice.dev/abort=${revision}` : `sluice.dev/request=${verb}:${revision}`;
      await hands.run('annotate', '--overwrite', 'rollouts.sluice.dev', name, value);
    },
  };
  return hands;
}
