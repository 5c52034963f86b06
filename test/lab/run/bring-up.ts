import type { Cluster } from '../../../src/ports/cluster.ts';
import { partFiles } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';
import { prepareArgoCd } from './argocd.ts';
import { prepareContour } from './contour.ts';
import { prepareFlux } from './flux.ts';
import { addNodes, installCrdsBelow, waitForServiceAccounts } from './furnish.ts';
import { prepareGitea } from './gitea.ts';
import { connect } from './lab-cluster.ts';
import type { LabFiles } from './lab-files.ts';
import { RUN_PARTS, type RunPart } from './run-parts.ts';
import { writeSshConfig } from './ssh.ts';
import type { Supervisor } from './supervisor.ts';

/** What has to be in the cluster for a part to be of use, done while the part starts. */
async function furnish(part: RunPart, files: LabFiles): Promise<void> {
  const { cluster, close } = connect(files.kubeconfig);
  try {
    if (part === 'controllers') await waitForServiceAccounts(cluster);
    if (part === 'kwok') await addNodes(cluster);
  } finally {
    await close();
  }
}

const IN_CLUSTER: Readonly<Partial<Record<RunPart, (files: LabFiles, cluster: Cluster) => Promise<void>>>> = {
  traefik: (_, cluster) => installCrdsBelow(cluster, partFiles(partNamed('traefik'), 'config', 'crd', 'standard')),
  contour: prepareContour,
  'source-controller': (files, cluster) => prepareFlux(files, cluster, 'source-controller'),
  'kustomize-controller': (files, cluster) => prepareFlux(files, cluster, 'kustomize-controller'),
  'argocd-repo-server': prepareArgoCd,
};

/** What has to be there before a part starts. */
async function prepare(part: RunPart, files: LabFiles): Promise<void> {
  if (part === 'sshd') writeSshConfig(files);
  if (part === 'gitea') await prepareGitea(files);
  const work = IN_CLUSTER[part];
  if (work === undefined) return;
  const { cluster, close } = connect(files.kubeconfig);
  try {
    await work(files, cluster);
  } finally {
    await close();
  }
}

/** Starts the parts, each as soon as what it needs runs. */
export async function bringUp(parts: readonly RunPart[], supervisor: Supervisor, files: LabFiles): Promise<void> {
  const up = new Map<RunPart, Promise<void>>();
  const startOne = async (part: RunPart): Promise<void> => {
    await Promise.all(RUN_PARTS[part].needs.map((need) => up.get(need) ?? Promise.resolve()));
    await prepare(part, files);
    await supervisor.start(part);
    await furnish(part, files);
  };
  for (const part of parts) up.set(part, startOne(part));
  await Promise.all(up.values());
}
