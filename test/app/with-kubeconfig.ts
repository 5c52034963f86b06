import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Runs something with a kubeconfig file of one context, which is gone afterwards; `namespace` is the one that is meant where none is named. */
export async function withKubeconfig<T>(
  server: string,
  run: (file: string, directory: string) => Promise<T>,
  namespace = 'default',
): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-app-'));
  const file = path.join(directory, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'a', cluster: { server } }],
    users: [{ name: 'a', user: {} }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a', namespace } }],
    'current-context': 'a',
  };
  try {
    await writeFile(file, JSON.stringify(config));
    return await run(file, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
