import path from 'node:path';
import type { Plugin } from 'esbuild';

/** What KubeConfig takes from the generated API clients, which Sluice never makes. */
const STUB = `
const absent = () => { throw new Error('the generated API clients are not part of this bundle'); };
export const createConfiguration = absent;
export class ServerConfiguration { constructor() { absent(); } }
`;

/** Bundles only the kubeconfig part of @kubernetes/client-node: the generated clients are most of its weight and start-up time. */
export const kubeConfigOnly: Plugin = {
  name: 'kube-config-only',
  setup: (build) => {
    build.onResolve({ filter: /^@kubernetes\/client-node$/ }, async (args) => {
      if (args.pluginData === 'inside') return undefined;
      const index = await build.resolve('@kubernetes/client-node', { resolveDir: args.resolveDir, kind: args.kind, pluginData: 'inside' });
      return { path: path.join(path.dirname(index.path), 'config.js'), sideEffects: false };
    });
    build.onResolve({ filter: /\/gen\/index\.js$/ }, (args) =>
      args.importer.includes('client-node') ? { path: 'generated-clients', namespace: 'stub', sideEffects: false } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: STUB }));
  },
};
