import { spawnSync } from 'node:child_process';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..');

/** Runs one program in the checkout with its output on ours; the exit code, 1 when a signal ended it. What our environment says goes before `defaults`. */
export function run(program: string, args: readonly string[], defaults: Readonly<Record<string, string>> = {}): number {
  const bin = path.join(ROOT, 'node_modules/.bin');
  const env = { ...defaults, ...process.env, PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}` };
  const result = spawnSync(program, [...args], { cwd: ROOT, env, stdio: 'inherit' });
  if (result.error !== undefined) process.stderr.write(`${program}: ${result.error.message}\n`);
  return result.status ?? 1;
}
