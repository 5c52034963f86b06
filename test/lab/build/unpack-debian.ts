import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { binaryPath, unpackedRoot } from './lab-cache.ts';
import type { DebianPart } from './parts.ts';
import { runProgram } from './run-program.ts';

/** Unpacks the packages into the cache: nothing is installed, no service starts, and no root is needed. */
export async function unpackDebian(part: DebianPart): Promise<void> {
  if (existsSync(binaryPath(part))) return;
  const root = unpackedRoot(part);
  mkdirSync(path.dirname(root), { recursive: true });
  const scratch = mkdtempSync(`${root}-`);
  const remedy = `this is no Debian: install ${part.packages[0]} of your distribution, so that ${path.basename(part.program)} is there`;
  try {
    await runProgram({ program: 'apt-get', args: ['download', ...part.packages], directory: scratch, remedy });
    const unpacked = path.join(scratch, 'root');
    for (const file of readdirSync(scratch).filter((name) => name.endsWith('.deb')))
      await runProgram({ program: 'dpkg', args: ['-x', file, unpacked], directory: scratch, remedy });
    rmSync(root, { recursive: true, force: true });
    renameSync(unpacked, root);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
