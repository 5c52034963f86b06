import { after, before } from 'node:test';
import { NAMESPACE } from '../../../../src/api/kinds.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { RolloutStatus } from '../../../../src/api/rollout-status.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';
import { ensureNamespace, installCrds, removeCrds } from '../../run/furnish.ts';
import { connect } from '../../run/lab-cluster.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { installChart, kubectl } from './installation.ts';
import { keepController } from './keep-controller.ts';
import { type RolloutHands, rolloutHands } from './rollout-hands.ts';
import { theLab } from './the-lab.ts';

/** What the tests of one file need of the cluster. */
export interface PeersOptions {
  /** A namespace of their own, which the controller is named after too. */
  readonly namespace: string;
  /** Definitions of other projects, in just these versions. */
  readonly crds?: readonly KubeObject[];
  /** Values of the chart. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A namespace in which Rollouts of the peers' shape are run. */
export interface PeersStage extends RolloutHands {
  readonly lab: LabFiles;
  /** With every right. */
  readonly cluster: Cluster;
  untilPhase(name: string, phase: string): Promise<RolloutStatus>;
  untilHealthy(name: string, revision: number): Promise<RolloutStatus>;
  patch(name: string, body: unknown): Promise<string>;
  /** A change of the template that makes a revision and nothing else, in one write with `more`. */
  update(name: string, value: string, more?: object): Promise<string>;
}

/** The hands of a test file in its namespace. To be called inside `describe`: chart and controller are there before its tests, and gone after them. */
export function peersStage({ namespace, crds = [], values }: PeersOptions): PeersStage {
  const lab = theLab();
  const { cluster, close } = connect(lab.kubeconfig);
  const hands = rolloutHands(lab, cluster, namespace);
  let stop: () => Promise<void> = () => Promise.resolve();

  before(async () => {
    await removeCrds(cluster, crds);
    await installCrds(cluster, crds);
    const { kubeconfig } = await installChart(lab, { cluster, close }, values);
    await ensureNamespace(cluster, namespace);
    ({ stop } = keepController(lab, kubeconfig, namespace));
  });
  after(async () => {
    await kubectl(lab, ['delete', 'rollouts.sluice.dev', '--all', '--namespace', namespace, '--timeout=60s']);
    await stop();
    await cluster.remove(NAMESPACE, { name: namespace });
    await removeCrds(cluster, crds);
    await close();
  });

  const patch = (name: string, body: unknown): Promise<string> =>
    hands.run('patch', 'rollouts.sluice.dev', name, '--type=merge', `--patch=${JSON.stringify(body)}`);
  return {
    ...hands,
    lab,
    cluster,
    patch,
    untilPhase: (name, phase) => hands.untilStatus(name, phase, (status) => status.phase === phase),
    untilHealthy: (name, revision) =>
      hands.untilStatus(name, `Healthy with revision ${revision}`, (status) => status.phase === 'Healthy' && status.revision === revision),
    update: (name, value, more = {}) => patch(name, { ...more, spec: { template: { metadata: { annotations: { update: value } } } } }),
  };
}
