import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The first process of a namespace inherits every orphan; a shell that waits buries them, which node does not. */
const BURYING = ['sh', '-c', '"$@" & wait $!', 'sh'];

const isRoot = process.getuid?.() === 0;

/**
 * Words that start a command in namespaces of its own: network, so that no port is taken on the machine; processes, so that the kernel ends all of them with the
 * first; mounts, for their /proc. Without root it takes a user namespace as well.
 */
export function inNewNamespaces(command: readonly string[]): readonly [string, readonly string[]] {
  const user = isRoot ? [] : ['--user', '--map-root-user'];
  return ['unshare', [...user, '--net', '--pid', '--fork', '--kill-child', '--mount-proc', '--', ...BURYING, ...command]];
}

/** Words that start a command in the namespaces of the lab whose first process is `pid`. */
export function inNamespacesOf(pid: number, directory: string, command: readonly string[]): readonly [string, readonly string[]] {
  const user = isRoot ? [] : ['--user', '--preserve-credentials'];
  return ['nsenter', [`--target=${pid}`, ...user, '--net', '--pid', '--mount', `--wd=${directory}`, '--', ...command]];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended.
    return '';
  }
}

/** The one child of a process, as this process sees it. */
export function childOf(pid: number): number | undefined {
  const [first] = read(`/proc/${pid}/task/${pid}/children`).trim().split(' ');
  return first === undefined || first === '' ? undefined : Number(first);
}

/** Whether the process is there and was started with this word: process ids are used again. */
export function isRunningWith(pid: number, word: string): boolean {
  return read(`/proc/${pid}/cmdline`).split('\0').includes(word);
}

/** The network namespace of a process, as the kernel names it; undefined once it has ended. */
export function networkOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Whether a process that this one can see lives in the network namespace. */
export function isInhabited(network: string | undefined): boolean {
  if (network === undefined) return false;
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && networkOf(Number(name)) === network);
}
