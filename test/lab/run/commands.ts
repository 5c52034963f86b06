import path from 'node:path';
import { binaryPath } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';
import { ADDRESSES, POD_NETWORK, portOf, SERVICE_NETWORK } from './addresses.ts';
import { applicationControllerCommand, redisCommand, repoServerCommand } from './argocd.ts';
import { contourCommand, envoyCommand } from './contour.ts';
import { kustomizeControllerCommand, sourceControllerCommand } from './flux.ts';
import { giteaCommand } from './gitea.ts';
import type { LabFiles } from './lab-files.ts';
import type { PartCommand } from './part-command.ts';
import type { RunPart } from './run-parts.ts';
import { sshdCommand } from './ssh.ts';

function binary(name: string): string {
  return binaryPath(partNamed(name));
}

function etcd(files: LabFiles): PartCommand {
  const { etcd: client, etcdPeer: peer } = ADDRESSES;
  const addresses = [
    '--listen-client-urls',
    client,
    '--advertise-client-urls',
    client,
    '--listen-peer-urls',
    peer,
    '--initial-advertise-peer-urls',
    peer,
  ];
  const data = path.join(files.directory, 'etcd');
  return {
    program: binary('etcd'),
    args: [
      '--data-dir',
      data,
      ...addresses,
      '--initial-cluster',
      `default=${peer}`,
      '--unsafe-no-fsync',
      '--quota-backend-bytes',
      '4294967296',
    ],
    ready: `${client}/readyz`,
  };
}

function apiserver(files: LabFiles): PartCommand {
  const key = (name: string): string => path.join(files.certificates, name);
  return {
    program: binary('kube-apiserver'),
    args: [
      `--etcd-servers=${ADDRESSES.etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${portOf(ADDRESSES.apiServer)}`,
      // It refuses to start in a namespace without a default route unless it is told an address; nobody calls this one.
      '--advertise-address=192.0.2.1',
      `--cert-dir=${files.certificates}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${key('service-accounts.pub')}`,
      `--service-account-signing-key-file=${key('service-accounts.key')}`,
      '--authorization-mode=RBAC',
      `--token-auth-file=${key('tokens.csv')}`,
      `--service-cluster-ip-range=${SERVICE_NETWORK}`,
      '--allow-privileged=true',
      '--disable-admission-plugins=TaintNodesByCondition',
      `--audit-policy-file=${path.join(files.directory, 'audit-policy.json')}`,
      `--audit-log-path=${files.audit}`,
      '--max-requests-inflight=1500',
      '--max-mutating-requests-inflight=800',
    ],
    ready: `${ADDRESSES.apiServer}/readyz`,
  };
}

const FAST = ['--leader-elect=false', '--bind-address=127.0.0.1', '--kube-api-qps=2000', '--kube-api-burst=4000'];

function controllers(files: LabFiles): PartCommand {
  return {
    program: binary('kube-controller-manager'),
    args: [
      `--kubeconfig=${files.kubeconfig}`,
      ...FAST,
      '--secure-port=10257',
      `--service-account-private-key-file=${path.join(files.certificates, 'service-accounts.key')}`,
      `--root-ca-file=${files.authority}`,
      '--use-service-account-credentials=false',
      '--controllers=*,-node-ipam-controller,-node-lifecycle-controller',
      '--concurrent-replicaset-syncs=20',
      '--concurrent-deployment-syncs=20',
      '--concurrent-service-endpoint-syncs=20',
    ],
  };
}

function kwok(files: LabFiles): PartCommand {
  const args = ['--manage-all-nodes=true', `--cidr=${POD_NETWORK}`, '--node-ip=127.0.0.1', `--server-address=${ADDRESSES.kwok}`];
  return {
    program: binary('kwok'),
    args: [`--kubeconfig=${files.kubeconfig}`, ...args, `--config=${path.join(files.directory, 'stages.yaml')}`],
    ready: `http://${ADDRESSES.kwok}/healthz`,
  };
}

function traefik(files: LabFiles): PartCommand {
  return {
    program: binary('traefik'),
    args: [
      `--entryPoints.web.address=127.0.0.1:${portOf(ADDRESSES.gateway)}`,
      `--entryPoints.metrics.address=127.0.0.1:${portOf(ADDRESSES.traefik)}`,
      '--providers.kubernetesgateway=true',
      '--providers.kubernetesgateway.statusaddress.ip=127.0.0.1',
      '--providers.providersthrottleduration=10ms',
      '--metrics.prometheus=true',
      '--metrics.prometheus.entrypoint=metrics',
      '--metrics.prometheus.addserviceslabels=true',
      '--ping=true',
      '--ping.entrypoint=metrics',
      '--global.checknewversion=false',
      '--global.sendanonymoususage=false',
    ],
    env: { KUBECONFIG: files.kubeconfig },
    ready: `${ADDRESSES.traefik}/ping`,
  };
}

function prometheus(files: LabFiles): PartCommand {
  const listen = `--web.listen-address=127.0.0.1:${portOf(ADDRESSES.prometheus)}`;
  return {
    program: binary('prometheus'),
    args: [
      `--config.file=${path.join(files.directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(files.directory, 'tsdb')}`,
      listen,
      '--log.level=warn',
    ],
    ready: `${ADDRESSES.prometheus}/-/ready`,
  };
}

function ours(script: string, files: LabFiles, ready: string): PartCommand {
  return { program: process.execPath, args: [path.join(import.meta.dirname, '..', script), files.directory], ready };
}

const COMMANDS: Readonly<Record<RunPart, (files: LabFiles) => PartCommand>> = {
  etcd,
  apiserver,
  controllers,
  scheduler: (files) => ({ program: binary('kube-scheduler'), args: [`--kubeconfig=${files.kubeconfig}`, ...FAST, '--secure-port=10259'] }),
  kwok,
  pods: (files) => ours('pods/serve-pods.ts', files, `${ADDRESSES.pods}/`),
  traefik,
  prometheus,
  git: (files) => ours('git/serve-git.ts', files, `${ADDRESSES.git}/healthz`),
  sshd: sshdCommand,
  contour: contourCommand,
  envoy: envoyCommand,
  gitea: giteaCommand,
  'source-controller': sourceControllerCommand,
  'kustomize-controller': kustomizeControllerCommand,
  redis: redisCommand,
  'argocd-repo-server': repoServerCommand,
  'argocd-application-controller': applicationControllerCommand,
};

/** The command of a part. */
export function commandOf(part: RunPart, files: LabFiles): PartCommand {
  return COMMANDS[part](files);
}
