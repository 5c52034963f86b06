import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, REPLICA_SET } from '../../src/api/kinds.ts';
import { POD_METADATA_PENDING } from '../../src/api/labels.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at } from '../../src/sim/scenario/timeline.ts';
import { BLUE_GREEN_SERVICES, blueGreenWeb } from './blue-green-lab.ts';
import { healthyAt, scenario } from './lab.ts';

const FIELDS = [
  'scaleDownDelaySeconds: 5',
  'activeMetadata: {labels: {role: active}}',
  'previewMetadata: {labels: {role: preview, watch: closely}}',
  'antiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: {weight: 50}}',
].join(', ');

const web = (tag: string): string => blueGreenWeb({ tag, replicas: 2, fields: FIELDS });

describe('the metadata of blue-green pods', () => {
  it('is that of the preview until the promotion, and then that of the active ones, without a new pod', async () => {
    const run = await runScenario(
      scenario([BLUE_GREEN_SERVICES, web('v1')], {
        timeline: [at('60s', apply(web('v2')))],
        // The old ReplicaSet goes after its delay.
        settle: '30s',
        until: {
          what: 'revision 2 is Healthy and all pods follow',
          holds: (sim) =>
            healthyAt(2).holds(sim) &&
            !sim.snapshot(REPLICA_SET).some((set) => set.metadata.annotations?.[POD_METADATA_PENDING] !== undefined),
        },
      }),
    );
    assert.equal(run.problems, '');
    const born = run.writes.flatMap(({ request, after }) =>
      request.kind === POD && request.verb === 'create' ? [after?.metadata.labels?.['role']] : [],
    );
    assert.deepEqual(born, ['active', 'active', 'preview', 'preview']);
    const serving = run.sim
      .snapshot(POD)
      .filter(({ metadata, spec }) => metadata.deletionTimestamp === undefined && JSON.stringify(spec).includes('web:v2'));
    assert.deepEqual(
      serving.map(({ metadata }) => [metadata.labels?.['role'], metadata.labels?.['watch']]),
      [
        ['active', undefined],
        ['active', undefined],
      ],
    );
  });
});
