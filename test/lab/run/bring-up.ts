import { addNodes, installGatewayApi, waitForServiceAccounts } from './furnish.ts';
import { connect } from './lab-cluster.ts';
import type { LabFiles } from './lab-files.ts';
import { RUN_PARTS, type RunPart } from './run-parts.ts';
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

async function prepare(part: RunPart, files: LabFiles): Promise<void> {
  if (part !== 'traefik') return;
  const { cluster, close } = connect(files.kubeconfig);
  try {
    await installGatewayApi(cluster);
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
