import { CONTROLLER_FLAGS } from '../../../scripts/controller-flags.ts';
import { REPLICA_SET, ROLLOUT } from '../../../src/api/kinds.ts';
import { RELEASE } from '../../chart/render.ts';
import { connect } from '../run/lab-cluster.ts';
import { type AuditedRequest, auditedRequests } from '../tests/support/audit-log.ts';
import { startController } from '../tests/support/controller-process.ts';
import { installChart } from '../tests/support/installation.ts';
import { theLab } from '../tests/support/the-lab.ts';
import { createAll, WIDTH } from './create-all.ts';
import { each } from './each.ts';
import { fleetOf, ingressOf, podTemplate, rolloutOf, servicesOf } from './fleet.ts';
import { followObjects } from './follow-objects.ts';
import { figuresOf } from './process-figures.ts';
import { readRollout, type SeenRollout } from './read-rollout.ts';
import { readCounts } from './replica-set-counts.ts';
import { requestTable } from './request-table.ts';

/** `releases-inside COUNT PAUSE BUNDLE [PROFILES]`: so many Rollouts, all released in the same moment by the built controller. */
const [countText = '', pauseText = '', bundle = '', profiles = ''] = process.argv.slice(2);
const [count, pause] = [Number(countText), Number(pauseText)];
const lab = theLab();
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const { cluster, close } = connect(lab.kubeconfig);
const admin = { cluster, close };
const fleet = fleetOf(count);

const { kubeconfig } = await installChart(lab, admin, { routers: { nginx: { enabled: true } } });
// As the image starts it; with node's own flags in front where it is profiled.
const program: readonly [string, ...string[]] =
  profiles === '' ? [bundle] : [process.execPath, ...CONTROLLER_FLAGS, '--cpu-prof', `--cpu-prof-dir=${profiles}`, bundle];
const controller = startController(lab, kubeconfig, 'bench', { program });
await createAll(cluster, fleet, (member) => [...servicesOf(member), ingressOf(member), rolloutOf(member, pause)]);
const rollouts = await followObjects<SeenRollout>(cluster, ROLLOUT, readRollout);
await Promise.all(fleet.map(({ name, namespace }) => rollouts.until(`${namespace}/${name}`, (seen) => seen.healthy)));
const first = new Map(fleet.map(({ name, namespace }) => [name, `${namespace}/${name}-${rollouts.get(`${namespace}/${name}`)?.stable}`]));
const before = figuresOf(controller.pid);
tell(
  `controller: ${before.cpuSeconds.toFixed(1)} CPU s and ${before.peakMegabytes.toFixed(0)} MB until all of them serve for the first time`,
);

const user = `system:serviceaccount:${RELEASE.namespace}:${RELEASE.name}`;
const booked = auditedRequests(lab, user).length;
const sets = await followObjects(cluster, REPLICA_SET, readCounts);
const began = performance.now();
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(1);
await each(fleet, WIDTH, (member) =>
  cluster.patch(
    ROLLOUT,
    { namespace: member.namespace, name: member.name },
    { type: 'merge', body: { spec: { template: podTemplate(member, '2') } } },
  ),
);
const patched = seconds();
const old = (name: string): string => first.get(name) ?? '';
await Promise.all(
  fleet.map(({ name, namespace }) =>
    rollouts.until(`${namespace}/${name}`, (seen) => seen.healthy && !old(name).endsWith(`-${seen.stable}`)),
  ),
);
const healthy = seconds();
await Promise.all(fleet.map(({ name }) => sets.until(old(name), (counts) => counts.wanted === 0 && counts.pods === 0)));
tell(`${count} releases at once: pushed in ${patched} s, all healthy after ${healthy} s, the old pods gone after ${seconds()} s`);
const after = figuresOf(controller.pid);
tell(
  `controller: ${(after.cpuSeconds - before.cpuSeconds).toFixed(1)} CPU s for the releases, ${after.cpuSeconds.toFixed(1)} in all; at most ${after.peakMegabytes.toFixed(0)} MB`,
);
rollouts.stop();
sets.stop();
await controller.stop();
const requests: readonly AuditedRequest[] = auditedRequests(lab, user).slice(booked);
requestTable(
  requests,
  fleet.map(({ name }) => name),
).forEach(tell);
await close();
