import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { CONTROLLER_FLAGS } from './controller-flags.ts';
import { kubeConfigOnly } from './kube-config-only.ts';
import { ROOT } from './run.ts';

interface Entry {
  readonly source: string;
  /** How the file starts itself. */
  readonly interpreter: string;
}

/** One bundle an entry point: an image or a laptop needs node and this file, nothing else. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  sluice: { source: 'src/main.ts', interpreter: `/usr/bin/env -S node ${CONTROLLER_FLAGS.join(' ')}` },
  'kubectl-sluice': { source: 'src/cli/kubectl-sluice.ts', interpreter: '/usr/bin/env node' },
};

const dist = path.join(ROOT, 'dist');
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
for (const [name, { source, interpreter }] of Object.entries(ENTRIES)) {
  const outfile = path.join(dist, `${name}.mjs`);
  const result = await build({
    entryPoints: [path.join(ROOT, source)],
    outfile,
    bundle: true,
    minify: true,
    sourcemap: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    metafile: true,
    plugins: [kubeConfigOnly],
    logLevel: 'warning',
    // Dependencies that are CommonJS ask for `require`, which an ES module does not have.
    banner: {
      js: `#!${interpreter}\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);`,
    },
  });
  chmodSync(outfile, 0o755);
  const bytes = Object.values(result.metafile.outputs).find((output) => output.entryPoint !== undefined)?.bytes ?? 0;
  process.stdout.write(`${path.relative(ROOT, outfile)} ${(bytes / 1e6).toFixed(2)} MB\n`);
}
