import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/** Everything of a lab lies in one directory; its layout. */
export interface LabFiles {
  readonly directory: string;
  /** Who the lab is: the process that holds its namespaces. Its presence marks the directory as ours. */
  readonly record: string;
  /** The lab's network namespace, as the kernel names it. */
  readonly network: string;
  /** Unix socket of the supervisor. */
  readonly control: string;
  readonly kubeconfig: string;
  readonly certificates: string;
  /** Certificate of the API server and of the Git server; it is its own authority. */
  readonly authority: string;
  readonly authorityKey: string;
  /** Bare repositories, served over HTTPS. */
  readonly repositories: string;
  /** One line of JSON for each request of a service account. */
  readonly audit: string;
  log(part: string): string;
}

/** The layout of the lab in `directory`. */
export function labFiles(directory: string): LabFiles {
  const certificates = path.join(directory, 'certificates');
  return {
    directory,
    record: path.join(directory, 'lab.json'),
    network: path.join(directory, 'network'),
    control: path.join(directory, 'control.sock'),
    kubeconfig: path.join(directory, 'kubeconfig'),
    certificates,
    authority: path.join(certificates, 'apiserver.crt'),
    authorityKey: path.join(certificates, 'apiserver.key'),
    repositories: path.join(directory, 'git'),
    audit: path.join(directory, 'audit.jsonl'),
    log: (part) => path.join(directory, `${part}.log`),
  };
}

/** The lab that commands mean when they name none. */
export function defaultDirectory(): string {
  return path.join(tmpdir(), `sluice-lab-${userInfo().uid}`);
}
