import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import type { LabFiles } from './lab-files.ts';
import { findLab } from './lab-record.ts';
import { inNamespacesOf } from './namespaces.ts';

/** What a command in the lab finds in its environment. */
export function labEnvironment(files: LabFiles): Readonly<Record<string, string>> {
  // `node` inside is the one that runs this.
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  return { PATH: path, KUBECONFIG: files.kubeconfig, SLUICE_LAB: files.directory, SSL_CERT_FILE: files.authority };
}

/** Runs a command inside the lab; answers its exit code. This terminal is its own, or what it prints goes to an open file. */
export async function execInLab(files: LabFiles, command: readonly string[], output?: number): Promise<number> {
  const lab = findLab(files);
  if (lab === undefined) throw new Error(`no lab runs in ${files.directory}; start one with up`);
  const [program, args] = inNamespacesOf(lab.init, process.cwd(), command);
  const stdio: StdioOptions = output === undefined ? 'inherit' : ['ignore', output, output];
  const child = spawn(program, [...args], { stdio, env: { ...process.env, ...labEnvironment(files) } });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? (signal === 'SIGINT' ? 130 : 1);
}
