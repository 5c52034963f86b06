import { z } from 'zod';
import type { DeepReadonly } from '../api/deep-readonly.ts';
import { durationSchema } from '../api/duration.ts';

const namespaceName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  .max(63);
const instanceName = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/)
  .max(63);
/** `host:port`, `:port` for all interfaces, or `off`. */
const address = z.string().regex(/^(off|(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]*):[0-9]{1,5})$/);

/**
 * Every setting of the controller, once: its type, default, limits and what it is for. Flags (`--git-cache-dir`), environment (`SLUICE_GIT_CACHE_DIR`), the chart's
 * values and the README's table follow from it.
 */
export const settingsSchema = z.strictObject({
  namespaces: z.array(namespaceName).max(500).default([]).describe('Namespaces to look after, separated by commas; all when empty.'),
  secretNamespaces: z
    .array(namespaceName)
    .max(500)
    .default([])
    .describe('Namespaces whose Secrets are part of the revisions that use them, as ConfigMaps are everywhere; needs a Role there.'),
  ownNamespace: namespaceName
    .default('sluice-system')
    .describe('Where the controller itself runs: its lease, and the Secrets that GitTargets and MetricProviders name.'),
  instance: instanceName
    .default('')
    .describe('Look only after objects with the label sluice.dev/instance of this value; those without the label when empty.'),
  leaderElection: z.boolean().default(true).describe('Let one of several replicas work at a time.'),
  leaseDuration: durationSchema.default('15s').describe('How long a leader that fell silent keeps its lease.'),
  renewDeadline: durationSchema
    .default('10s')
    .describe('A leader that cannot renew its lease for this long stops working; shorter than leaseDuration.'),
  retryPeriod: durationSchema.default('2s').describe('How often the lease is renewed or tried; shorter than renewDeadline.'),
  metricsAddress: address.default(':8090').describe('Where /metrics listens; off for nowhere.'),
  healthAddress: address.default(':8080').describe('Where /healthz and /readyz listen; off for nowhere.'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('The least that is logged.'),
  logFormat: z.enum(['json', 'text']).default('json').describe('json for machines, text for people.'),
  workers: z.int().min(1).max(64).default(16).describe('Objects of one kind that are worked on at the same time.'),
  gitCacheDir: z
    .string()
    .min(1)
    .max(4096)
    .default('/var/cache/sluice/git')
    .describe('Where bare clones are kept; may be lost at any time.'),
  gitCacheSize: z
    .string()
    .regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|e\+?[0-9]{1,2})?$/)
    .max(32)
    .default('2Gi')
    .describe('Room for bare clones: before they take three quarters of it, those go that nobody has used for longest.'),
  allowInlineEndpoints: z
    .boolean()
    .default(false)
    .describe('Take addresses that stand in analysis templates, for manifests on the move: https to public hosts only.'),
  inlineEndpointHosts: z
    .array(z.string().regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?$/))
    .max(100)
    .default([])
    .describe('Hosts, with or without a port, that such addresses may also name inside the cluster and over http, separated by commas.'),
  resyncInterval: durationSchema.default('15m').describe('Every object is looked at again this often, even when nothing changed.'),
});

export type Settings = DeepReadonly<z.infer<typeof settingsSchema>>;

export type SettingName = keyof Settings;

/** What the tables and the parser need to know of one setting. */
export interface SettingDescription {
  readonly name: SettingName;
  readonly flag: string;
  readonly variable: string;
  readonly type: 'list' | 'boolean' | 'integer' | 'number' | 'string';
  readonly allowed: readonly string[] | undefined;
  readonly defaultText: string;
  readonly description: string;
}

const describedField = z.looseObject({
  type: z.enum(['array', 'boolean', 'integer', 'number', 'string']),
  enum: z.array(z.string()).optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]),
  description: z.string(),
});

/** The settings in the order of the schema. */
export function describeSettings(): readonly SettingDescription[] {
  return Object.entries(settingsSchema.shape).map(([name, field]) => {
    const facts = describedField.parse(z.toJSONSchema(field, { io: 'input' }));
    const dashed = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return {
      name: settingsSchema.keyof().parse(name),
      flag: `--${dashed}`,
      variable: `SLUICE_${dashed.replaceAll('-', '_').toUpperCase()}`,
      type: facts.type === 'array' ? 'list' : facts.type,
      allowed: facts.enum,
      defaultText: Array.isArray(facts.default) ? facts.default.join(',') : String(facts.default),
      description: facts.description,
    };
  });
}
