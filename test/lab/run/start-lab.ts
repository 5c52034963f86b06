import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildMissing } from '../build/build-missing.ts';
import { BINARY_PARTS } from '../build/parts.ts';
import { type LabStatus, tellLab } from './control-api.ts';
import type { LabFiles } from './lab-files.ts';
import { findLab, readHolder } from './lab-record.ts';
import { inNewNamespaces } from './namespaces.ts';
import { RUN_PARTS, type RunPart } from './run-parts.ts';
import { stopLab } from './stop-lab.ts';

const SUPERVISE = path.join(import.meta.dirname, '..', 'supervise.ts');

/** Takes the directory for a lab: a dead lab's remains are removed, anything else in it is somebody's. */
async function takeDirectory(files: LabFiles): Promise<void> {
  if (findLab(files) !== undefined) throw new Error(`a lab runs in ${files.directory}: use it, or end it with down`);
  if (readHolder(files) !== undefined) await stopLab(files);
  if (existsSync(files.directory) && readdirSync(files.directory).length > 0)
    throw new Error(`${files.directory} is not empty and holds no lab; name another directory with --dir`);
  mkdirSync(files.directory, { recursive: true, mode: 0o700 });
}

function startSupervisor(files: LabFiles, parts: readonly RunPart[]): void {
  const [program, args] = inNewNamespaces([process.execPath, SUPERVISE, files.directory, ...parts]);
  const log = openSync(files.log('supervisor'), 'a');
  const child = spawn(program, [...args], { cwd: files.directory, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`cannot start ${program}: the lab needs unshare and nsenter of util-linux`);
  writeFileSync(files.record, JSON.stringify({ holder: child.pid }));
  child.unref();
}

async function waitUntilUp(files: LabFiles): Promise<LabStatus> {
  for (let misses = 0; ; ) {
    const status = existsSync(files.control) ? await tellLab(files, { do: 'status' }).catch(() => undefined) : undefined;
    if (status?.phase === 'up') return status;
    if (status?.phase === 'failed') throw new Error(status.message);
    misses = findLab(files) === undefined ? misses + 1 : 0;
    if (misses > 40) throw new Error(`the lab ended while it started; see ${files.log('supervisor')}`);
    await delay(50);
  }
}

/** Builds what is missing and brings the parts up. What could not come up stays, for its logs, until `stopLab`. */
export async function startLab(files: LabFiles, parts: readonly RunPart[], tell: (line: string) => void): Promise<LabStatus> {
  const names = parts.flatMap((part): readonly string[] => RUN_PARTS[part].binaries);
  await buildMissing(
    BINARY_PARTS.filter((part) => names.includes(part.name)),
    tell,
  );
  await takeDirectory(files);
  startSupervisor(files, parts);
  return waitUntilUp(files);
}
