import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { kubeConfigOnly } from './kube-config-only.ts';
import { ROOT } from './run.ts';

/** One bundle an entry point: an image or a laptop needs node and this file, nothing else. */
const ENTRIES: Readonly<Record<string, string>> = { sluice: 'src/main.ts', 'kubectl-sluice': 'src/cli/kubectl-sluice.ts' };

const dist = path.join(ROOT, 'dist');
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
for (const [name, entry] of Object.entries(ENTRIES)) {
  const outfile = path.join(dist, `${name}.mjs`);
  const result = await build({
    entryPoints: [path.join(ROOT, entry)],
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
      js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
  });
  chmodSync(outfile, 0o755);
  const bytes = Object.values(result.metafile.outputs).find((output) => output.entryPoint !== undefined)?.bytes ?? 0;
  process.stdout.write(`${path.relative(ROOT, outfile)} ${(bytes / 1e6).toFixed(2)} MB\n`);
}
