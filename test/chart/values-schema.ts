import { settingsJsonSchema } from '../../src/config/settings-json-schema.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What the chart decides itself, because ports, volumes, roles and probes hang on it. */
export const DECIDED_BY_THE_CHART: readonly string[] = [
  'ownNamespace',
  'leaderElection',
  'metricsAddress',
  'healthAddress',
  'gitCacheDir',
  'gitCacheSize',
];

const OBJECT: Schema = { type: 'object' };
const OBJECTS: Schema = { type: 'array', items: OBJECT };
const BOOLEAN: Schema = { type: 'boolean' };
const TEXT: Schema = { type: 'string', maxLength: 253 };
const TEXTS: Schema = { type: 'object', additionalProperties: { type: 'string' } };
/** A DNS subdomain: the name of an object. */
const NAME: Schema = { type: 'string', maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' };
const OPTIONAL_NAME: Schema = { type: 'string', maxLength: 253, pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$' };
const NAMES: Schema = { type: 'array', uniqueItems: true, items: NAME };
const QUANTITY: Schema = { type: ['string', 'integer'], pattern: '^[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$' };
const QUANTITIES: Schema = { type: 'object', additionalProperties: QUANTITY };

function strict(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', additionalProperties: false, properties };
}

function settings(): Schema {
  const schema = settingsJsonSchema();
  const entries = Object.entries(Object(schema['properties']) as Readonly<Record<string, unknown>>);
  return { ...schema, properties: Object.fromEntries(entries.filter(([name]) => !DECIDED_BY_THE_CHART.includes(name))) };
}

/** charts/sluice/values.schema.json: helm refuses unknown keys, and settings that the controller would refuse. */
export function valuesSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the Sluice chart',
    ...strict({
      global: OBJECT,
      replicas: { type: 'integer', minimum: 1, maximum: 10 },
      image: strict({
        repository: { type: 'string', minLength: 1, maxLength: 255 },
        tag: { type: 'string', maxLength: 128, pattern: '^[A-Za-z0-9_.-]*$' },
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
      }),
      imagePullSecrets: { type: 'array', items: { ...strict({ name: NAME }), required: ['name'] } },
      settings: settings(),
      crds: strict({ install: BOOLEAN }),
      serviceAccount: strict({ name: OPTIONAL_NAME, annotations: TEXTS }),
      rbac: strict({ aggregate: BOOLEAN, workloadRef: BOOLEAN }),
      analysisJobs: strict({ enabled: BOOLEAN }),
      gitSync: strict({ enabled: BOOLEAN, serviceAccounts: { ...NAMES, minItems: 1 } }),
      routers: strict({
        gatewayAPI: strict({ enabled: BOOLEAN, generate: BOOLEAN }),
        istio: strict({ enabled: BOOLEAN }),
        nginx: strict({ enabled: BOOLEAN }),
        traefik: strict({ enabled: BOOLEAN }),
        contour: strict({ enabled: BOOLEAN }),
      }),
      secrets: NAMES,
      metrics: strict({
        service: strict({ enabled: BOOLEAN, port: { type: 'integer', minimum: 1, maximum: 65_535 } }),
        serviceMonitor: strict({ enabled: BOOLEAN, labels: TEXTS }),
      }),
      networkPolicy: strict({ enabled: BOOLEAN, metricsFrom: OBJECTS, egress: OBJECTS }),
      resources: strict({ requests: QUANTITIES, limits: QUANTITIES }),
      gitCache: strict({ sizeLimit: QUANTITY }),
      priorityClassName: TEXT,
      nodeSelector: TEXTS,
      tolerations: OBJECTS,
      affinity: OBJECT,
      topologySpreadConstraints: OBJECTS,
      podAnnotations: TEXTS,
      podLabels: TEXTS,
    }),
  };
}

/** The schema as the file holds it. */
export function valuesSchemaText(): string {
  return `${JSON.stringify(valuesSchema(), undefined, 2)}\n`;
}
