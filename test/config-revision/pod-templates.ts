import * as fc from 'fast-check';
import type { ConfigKind } from '../../src/core/config/config-refs.ts';

/** One reference that was put into a template: where its name stands. */
export interface Planted {
  readonly kind: ConfigKind;
  readonly name: string;
  readonly optional: boolean;
  readonly path: string;
}

export interface PodTemplate {
  readonly template: Readonly<Record<string, unknown>>;
  readonly planted: readonly Planted[];
}

type Json = Readonly<Record<string, unknown>>;

/** A piece of a template, and the references in it by their path from the piece. */
interface Piece {
  readonly value: unknown;
  readonly planted: readonly Planted[];
}

const NAMES = ['app', 'app-config', 'tls', 'a.b', 'flags'];
const name = fc.constantFrom(...NAMES);
const optional = fc.constantFrom(undefined, true, false);

/** What looks like a reference and is none. */
const decoy = fc.constantFrom<Json>(
  { name: 'app' },
  { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
  { persistentVolumeClaim: { claimName: 'app' } },
  { csi: { driver: 'x', nodePublishSecretRef: { name: 'app' } } },
  { emptyDir: {} },
  { configMap: null },
  { configMap: {} },
);

function at(key: string | number, piece: Piece): readonly Planted[] {
  return piece.planted.map((one) => ({ ...one, path: `/${key}${one.path}` }));
}

/** `{key: {field: name, optional}}`, with more members beside it. */
function reference(key: string, kind: ConfigKind, field: string, more: Json): fc.Arbitrary<Piece> {
  return fc.tuple(name, optional).map(([text, maybe]) => ({
    value: {
      ...more,
      [key]: { ...(maybe === undefined ? {} : { optional: maybe }), [field]: text, key: 'app', items: [{ key: 'app', path: 'app' }] },
    },
    planted: [{ kind, name: text, optional: maybe === true, path: `/${key}/${field}` }],
  }));
}

const plain = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Piece> => value.map((one) => ({ value: one, planted: [] }));

function list(item: fc.Arbitrary<Piece>): fc.Arbitrary<Piece> {
  return fc.array(item, { maxLength: 3 }).map((pieces) => ({
    value: pieces.map((piece) => piece.value),
    planted: pieces.flatMap((piece, index) => at(index, piece)),
  }));
}

function object(members: Readonly<Record<string, fc.Arbitrary<Piece>>>, more: Json = {}): fc.Arbitrary<Piece> {
  return fc.record(members, { requiredKeys: [] }).map((pieces) => ({
    value: { ...more, ...Object.fromEntries(Object.entries(pieces).map(([key, piece]) => [key, piece?.value])) },
    planted: Object.entries(pieces).flatMap(([key, piece]) => (piece === undefined ? [] : at(key, piece))),
  }));
}

const env = fc.oneof(
  plain(fc.constantFrom({ name: 'A', value: 'app' }, { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } })),
  object(
    { valueFrom: fc.oneof(reference('configMapKeyRef', 'ConfigMap', 'name', {}), reference('secretKeyRef', 'Secret', 'name', {})) },
    { name: 'C' },
  ),
);
const envFrom = fc.oneof(
  plain(fc.constant({ prefix: 'X_' })),
  reference('configMapRef', 'ConfigMap', 'name', { prefix: 'A_' }),
  reference('secretRef', 'Secret', 'name', {}),
);
const containers = list(object({ env: list(env), envFrom: list(envFrom) }, { name: 'app', image: 'app:1', command: ['app'] }));
const source = fc.oneof(
  plain(fc.constant({ serviceAccountToken: { path: 'token' } })),
  reference('configMap', 'ConfigMap', 'name', {}),
  reference('secret', 'Secret', 'name', {}),
);
const volume = fc.oneof(
  plain(decoy),
  reference('configMap', 'ConfigMap', 'name', { name: 'app' }),
  reference('secret', 'Secret', 'secretName', { name: 'app' }),
  object({ projected: object({ sources: list(source) }, { defaultMode: 420 }) }, { name: 'app' }),
);

/** Pod templates with references in every place where they can be, and with names that look like some elsewhere. */
export function podTemplates(): fc.Arbitrary<PodTemplate> {
  const spec = object(
    { containers, initContainers: containers, ephemeralContainers: containers, volumes: list(volume) },
    { serviceAccountName: 'app', imagePullSecrets: [{ name: 'app' }] },
  );
  return object({ spec }, { metadata: { labels: { app: 'app' }, annotations: { configMap: 'app' } } }).map(({ value, planted }) => ({
    template: value as Json,
    planted,
  }));
}
