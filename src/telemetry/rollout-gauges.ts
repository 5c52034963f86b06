import { Gauge, type Registry } from 'prom-client';

/** What the metrics say of one Rollout. */
export interface RolloutSample {
  readonly namespace: string;
  readonly name: string;
  readonly strategy: string;
  /** Names of the traffic routers, joined by commas; empty without any. */
  readonly router: string;
  readonly phase: string;
  /** The canary's weight, as written; absent without a canary. */
  readonly canaryWeight?: number | undefined;
  /** Index of the current step and how many there are; absent without steps. */
  readonly step?: { readonly index: number; readonly count: number } | undefined;
  readonly replicas?: { readonly desired: number; readonly available: number; readonly updated: number } | undefined;
  readonly gates?: readonly { readonly gate: string; readonly verdict: string }[] | undefined;
}

/** Gauges with one series a Rollout, whatever it goes through; all of them go with the Rollout. */
export interface RolloutGauges {
  set(sample: RolloutSample): void;
  remove(namespace: string, name: string): void;
}

const OWN = ['namespace', 'name'] as const;

/** Names follow Argo Rollouts' (`rollout_info`, `rollout_info_replicas_*`) where the fact is the same. */
export function createRolloutGauges(registers: Registry[]): RolloutGauges {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    new Gauge({ name: `sluice_rollout_${name}`, help, labelNames: [...OWN, ...labels], registers });
  const info = gauge(
    'info',
    'Always 1, for every Rollout with its strategy, traffic router and phase.',
    'strategy',
    'traffic_router',
    'phase',
  );
  const weight = gauge('canary_weight', 'Share of the traffic that the revision under test gets, as written.');
  const step = gauge('step', 'Index of the current step; the number of steps when all are done.');
  const steps = gauge('steps', 'Number of steps.');
  const replicas = gauge('replicas', 'Pods: desired, available, updated.', 'state');
  const gate = gauge('gate', 'Always 1, for every gate with its verdict.', 'gate', 'verdict');
  const known = new Map<string, RolloutSample>();

  const remove = (namespace: string, name: string): void => {
    const before = known.get(`${namespace}/${name}`);
    if (before === undefined) return;
    info.remove({ namespace, name, strategy: before.strategy, traffic_router: before.router, phase: before.phase });
    for (const one of [weight, step, steps]) one.remove({ namespace, name });
    for (const state of Object.keys(before.replicas ?? {})) replicas.remove({ namespace, name, state });
    for (const one of before.gates ?? []) gate.remove({ namespace, name, ...one });
    known.delete(`${namespace}/${name}`);
  };
  const set = (sample: RolloutSample): void => {
    const { namespace, name, strategy, router, phase } = sample;
    remove(namespace, name);
    known.set(`${namespace}/${name}`, sample);
    info.set({ namespace, name, strategy, traffic_router: router, phase }, 1);
    if (sample.canaryWeight !== undefined) weight.set({ namespace, name }, sample.canaryWeight);
    if (sample.step !== undefined) {
      step.set({ namespace, name }, sample.step.index);
      steps.set({ namespace, name }, sample.step.count);
    }
    for (const [state, count] of Object.entries(sample.replicas ?? {})) replicas.set({ namespace, name, state }, count);
    for (const one of sample.gates ?? []) gate.set({ namespace, name, ...one }, 1);
  };
  return { set, remove };
}
