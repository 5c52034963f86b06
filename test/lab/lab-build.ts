import { buildMissing } from './build/build-missing.ts';
import { binaryPath } from './build/lab-cache.ts';
import { BINARY_PARTS, choosePartsToBuild } from './build/parts.ts';

/** `lab-build [PART...]`: builds what the lab runs and the cache does not hold yet; the core parts when none is named. */
const parts = choosePartsToBuild(process.argv.slice(2));
if (parts === undefined) {
  const names = [
    ...new Set(['all', 'core', 'heavy', ...BINARY_PARTS.flatMap((part) => (part.from === 'go' ? [part.module, part.name] : [part.name]))]),
  ];
  process.stderr.write(`error: no such part; the parts are ${names.join(', ')}\n`);
  process.exitCode = 2;
} else {
  try {
    await buildMissing(parts, (line) => process.stdout.write(`${line}\n`));
    for (const part of parts) process.stdout.write(`${part.name}: ${binaryPath(part)}\n`);
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
