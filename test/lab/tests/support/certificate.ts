import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { binaryPath } from '../../build/lab-cache.ts';
import { partNamed } from '../../build/parts.ts';
import { until } from './until.ts';

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A self-signed certificate for 127.0.0.1 in a folder: an API server makes one before it does anything else, and this one may do nothing else. */
export async function makeCertificate(directory: string): Promise<Certificate> {
  const child = spawn(
    binaryPath(partNamed('kube-apiserver')),
    [
      `--cert-dir=${directory}`,
      '--bind-address=127.0.0.1',
      '--secure-port=16443',
      '--advertise-address=192.0.2.1',
      '--etcd-servers=http://127.0.0.1:1',
      '--service-account-issuer=https://nobody.invalid',
      ...['key-file', 'signing-key-file'].map((name) => `--service-account-${name}=${path.join(directory, 'none')}`),
    ],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  const [cert, key] = ['apiserver.crt', 'apiserver.key'].map((name) => path.join(directory, name)) as [string, string];
  try {
    await until('a certificate is made', () => (existsSync(cert) && existsSync(key) ? true : undefined));
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
