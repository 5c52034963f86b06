import { createHash } from 'node:crypto';
import type { KubeObject } from '../../api/metadata.ts';

/** What a ConfigMap or Secret holds, without a value of it. */
export interface ConfigDigest {
  /** SHA-256 (hex) over everything that pods can see of it. */
  readonly digest: string;
  /** By key, the first 16 hexadecimal digits of SHA-256: to say which keys differ. A map, since a key may be `__proto__`. */
  readonly keys: ReadonlyMap<string, string>;
}

/** Values that travel as base64 count by their bytes: a document of Git may break their lines. */
const BASE64 = { ConfigMap: new Set(['binaryData']), Secret: new Set(['data']) };

function bytesOf(value: unknown, isBase64: boolean): Uint8Array {
  if (typeof value !== 'string') return Buffer.from(JSON.stringify(value) ?? '');
  return Buffer.from(value, isBase64 ? 'base64' : 'utf8');
}

function sectionOf(object: KubeObject, section: string): readonly (readonly [string, unknown])[] {
  const value = object[section];
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/**
 * Digest of a ConfigMap's `data` and `binaryData`, or of a Secret's `type` and `data`: independent of the order of keys, of metadata, and of absent and empty
 * members. `salt` (the Secret's uid) keeps a digest that shows in annotations from being tried against guessed passwords by those who may not read the Secret.
 */
export function digestConfig(object: KubeObject, salt = ''): ConfigDigest {
  const base64: ReadonlySet<string> = object.kind === 'Secret' ? BASE64.Secret : BASE64.ConfigMap;
  const keys = new Map<string, string>();
  const lines: string[] = [];
  for (const section of ['data', 'binaryData']) {
    for (const [key, value] of sectionOf(object, section)) {
      const digest = createHash('sha256')
        .update(salt)
        .update(bytesOf(value, base64.has(section)))
        .digest('hex');
      lines.push(JSON.stringify([section, key, digest]));
      keys.set(key, createHash('sha256').update(`${section} ${digest}`).digest('hex').slice(0, 16));
    }
  }
  const type = object.kind === 'Secret' ? [JSON.stringify(object['type'] ?? 'Opaque')] : [];
  const digest = createHash('sha256')
    .update([...type, ...lines.toSorted()].join('\n'))
    .digest('hex');
  return { digest, keys };
}
