import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { KubeObject } from '../../src/api/metadata.ts';
import { CONTROLLER_USER } from '../../src/sim/invariants/controller-user.ts';

const CHART = path.resolve(import.meta.dirname, '../../charts/sluice/templates/rbac.yaml');

const DEFINITIONS = ['clusterRules', 'namespacedRules', 'gatewayAPIRules', 'gatewayAPIGenerateRules'];

/** The rules of one `define` of the chart, without the lines that Helm fills in. */
function rulesOf(chart: string, name: string): readonly unknown[] {
  const body = chart.split(`{{- define "${name}" -}}`)[1]?.split('{{- end -}}')[0];
  if (body === undefined) throw new Error(`the chart defines no ${name}`);
  // Switches that are on by default; the last block is filled in from values.
  const [fixed = ''] = body.split('{{- if and');
  return parse(fixed.replaceAll(/^\{\{-.*\}\}$/gm, '')) as readonly unknown[];
}

/** What the chart lets the controller do, and impersonation of the one service account that a platform team would name in its values. */
export function chartRules(): readonly KubeObject[] {
  const chart = readFileSync(CHART, 'utf8');
  const impersonation = { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['sluice-sync'], verbs: ['impersonate'] };
  const [, , namespace, name] = CONTROLLER_USER.name.split(':');
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'sluice' },
      rules: [...DEFINITIONS.flatMap((name) => rulesOf(chart, `sluice.${name}`)), impersonation],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'sluice' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'sluice' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}
