import type { KubeObject } from '../../api/metadata.ts';
import { SecretValue } from '../../ports/secret.ts';
import type { SecretData } from './repository-credential.ts';

/** The entries of a Secret as the API server sends it, decoded; the line feed that an editor or `--from-file` left at an end is no part of a credential. */
export function secretData(secret: KubeObject | undefined): SecretData | undefined {
  if (secret === undefined) return undefined;
  const data = secret['data'];
  if (data === null || typeof data !== 'object') return new Map();
  return new Map(
    Object.entries(data).flatMap(([key, value]): [string, SecretValue][] =>
      typeof value === 'string' ? [[key, new SecretValue(Buffer.from(value, 'base64').toString('utf8').replace(/\n$/, ''))]] : [],
    ),
  );
}
