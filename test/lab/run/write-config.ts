import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ADDRESSES, ADMIN_TOKEN } from './addresses.ts';
import type { LabFiles } from './lab-files.ts';

const STAGES = path.join(import.meta.dirname, '..', 'stages');

/** Another way to the API server than the straight one. */
interface Way {
  readonly server?: string;
  /** File with the certificate that vouches for it. */
  readonly authority?: string;
}

/** A kubeconfig for a user of the lab: its token, or the file that holds it. */
export function kubeconfigText(files: LabFiles, user: { readonly token: string } | { readonly tokenFile: string }, way: Way = {}): string {
  const { server = ADDRESSES.apiServer, authority = files.authority } = way;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority': authority } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'user' } }],
    'current-context': 'lab',
  });
}

/** Scrapes every pod that the lab serves, each second; a series keeps the revision of its pod. */
function prometheusConfig(files: LabFiles): unknown {
  const from = (source: string, target: string) => ({ source_labels: [`__meta_kubernetes_${source}`], target_label: target });
  return {
    global: { scrape_interval: '1s', scrape_timeout: '900ms', evaluation_interval: '1s' },
    scrape_configs: [
      {
        job_name: 'pods',
        kubernetes_sd_configs: [
          { role: 'pod', kubeconfig_file: files.kubeconfig, selectors: [{ role: 'pod', label: 'lab.sluice.dev/serve=true' }] },
        ],
        relabel_configs: [
          { source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Running', action: 'keep' },
          { source_labels: ['__meta_kubernetes_pod_ip'], regex: '(.+)', replacement: '$1:8080', target_label: '__address__' },
          from('namespace', 'namespace'),
          from('pod_name', 'pod'),
          from('pod_label_app', 'service'),
          from('pod_label_sluice_dev_pod_template_hash', 'pod_template_hash'),
        ],
      },
      { job_name: 'traefik', static_configs: [{ targets: [new URL(ADDRESSES.traefik).host] }] },
    ],
  };
}

function stages(): string {
  return readdirSync(STAGES)
    .toSorted()
    .map((name) => readFileSync(path.join(STAGES, name), 'utf8'))
    .join('\n---\n');
}

/** What service accounts ask for is written down: tests compare it with what the chart grants. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'Metadata', userGroups: ['system:serviceaccounts'] }, { level: 'None' }],
};

/** Writes what the parts read when they start: keys, tokens, kubeconfig, the stages of pods, what Prometheus scrapes. */
export function writeConfig(files: LabFiles): void {
  mkdirSync(files.certificates, { recursive: true, mode: 0o700 });
  mkdirSync(files.repositories, { recursive: true });
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = { mode: 0o600 };
  const certificate = (name: string): string => path.join(files.certificates, name);
  writeFileSync(certificate('service-accounts.key'), privateKey.export({ type: 'sec1', format: 'pem' }), secret);
  writeFileSync(certificate('service-accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(certificate('tokens.csv'), `${ADMIN_TOKEN},admin,admin,"system:masters"\n`, secret);
  writeFileSync(files.kubeconfig, kubeconfigText(files, { token: ADMIN_TOKEN }), secret);
  writeFileSync(path.join(files.directory, 'audit-policy.json'), JSON.stringify(AUDIT_POLICY));
  writeFileSync(path.join(files.directory, 'stages.yaml'), stages());
  writeFileSync(path.join(files.directory, 'prometheus.yml'), JSON.stringify(prometheusConfig(files)));
}
