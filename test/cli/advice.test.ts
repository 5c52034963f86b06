import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CanaryStep, CanaryStrategy, RolloutSpec } from '../../src/api/rollout.ts';
import { formatInstant, millis, parseInstant } from '../../src/api/time.ts';
import { describeDecision } from '../../src/cli/explain/describe-decision.ts';
import { describeInputs } from '../../src/cli/explain/describe-inputs.ts';
import { adviseOn } from '../../src/cli/model/advice.ts';
import { toRolloutView } from '../../src/cli/model/rollout-view.ts';
import { createPaint } from '../../src/cli/render/color.ts';
import { renderExplanation } from '../../src/cli/render/explanation.ts';
import { writtenStatus } from '../../src/core/rollout/context.ts';
import { decideRollout } from '../../src/core/rollout/decide-rollout.ts';
import { ask, askAbort, BOTH, serving } from '../core-rollout/blue-green-world.ts';
import { routed } from '../core-rollout/routed-strategy.ts';
import { healthyWorld, template, World } from '../core-rollout/world.ts';
import { WorldConfig } from '../core-rollout/world-config.ts';
import { adviceOn, objectsOf } from './advice-on.ts';
import { reasonsInSource } from './reasons-in-source.ts';

const SLO = { templates: [{ templateName: 'slo' }] };
const SERVICES = { stableService: 'stable', canaryService: 'canary' };

/** One state that the engine brings a Rollout into, and what has to be said of it. */
interface Row {
  readonly state: string;
  /** Reason of the Ready condition. */
  readonly reason: string;
  readonly world: () => World;
  readonly waits: RegExp;
  readonly can: RegExp;
}

function canary(steps: readonly CanaryStep[], spec: Partial<RolloutSpec> = {}, more: Partial<CanaryStrategy> = {}): World {
  const world = healthyWorld({ strategy: { canary: { ...SERVICES, steps, ...more } }, ...spec });
  world.deploy('v2');
  return world;
}

function after(world: World, done: (world: World) => boolean): World {
  world.until(() => done(world));
  return world;
}

const isPhase =
  (phase: string) =>
  (world: World): boolean =>
    world.status?.phase === phase;

function reasonOf(world: World): string | undefined {
  return world.status?.conditions?.find((condition) => condition.type === 'Ready')?.reason;
}

/** A canary that is judged at its second step, and what became of that. */
function judged(phase: 'Failed' | 'Inconclusive', onFailure: 'Abort' | 'Freeze' | 'Revert'): World {
  const world = canary([{ setWeight: 20 }, { analysis: SLO }, { setWeight: 60 }], { rollback: { onFailure } });
  world.applied('c2');
  world.until(() => world.runs.size === 1);
  world.judgeAll(phase);
  world.run(2);
  return world;
}

function withConfig(change: (config: WorldConfig) => void): World {
  const envFrom = [{ configMapRef: { name: 'app' } }];
  const spec = { containers: [{ name: 'app', image: 'v1', envFrom }] };
  const world = new World({
    strategy: { canary: { ...SERVICES, steps: [{ setWeight: 20 }] } },
    template: { metadata: { labels: { app: 'checkout' } }, spec },
  });
  world.config = new WorldConfig();
  world.config.set('app', { timeout: '3s' });
  world.until(() => world.status?.phase === 'Healthy');
  change(world.config);
  world.tick();
  return world;
}

function routedWorld(change: (world: World) => void): World {
  const world = healthyWorld(routed());
  world.deploy('v2');
  change(world);
  return world;
}

function restarting(change: (world: World) => void): World {
  const world = healthyWorld({ strategy: { canary: { ...SERVICES, steps: [] } } });
  world.tick(60);
  world.annotations['sluice.dev/request'] = 'restart@1';
  change(world);
  world.tick();
  return world;
}

function foughtOver(): World {
  const world = canary([{ setWeight: 20 }, { pause: {} }]);
  world.until(() => world.status?.phase === 'Paused');
  for (let round = 0; round < 4; round += 1) {
    const service = world.services.get('stable');
    assert.ok(service !== undefined);
    world.services.set('stable', {
      ...service,
      selector: { app: 'checkout' },
      selectorWriter: 'argocd-controller',
      resourceVersion: `fight-${round}`,
    });
    world.tick(60);
  }
  return world;
}

const ROWS: readonly Row[] = [
  {
    state: 'pods of a first revision come up',
    reason: 'Progressing',
    world: () => {
      const world = new World({ strategy: { canary: { ...SERVICES, steps: [] } } });
      world.broken.add('v1');
      world.run(2);
      return world;
    },
    waits: /^10 pods of revision 1 to become available, since \w+; ends by itself when they are ready/u,
    can: /kubectl sluice explain checkout/u,
  },
  {
    state: 'pods of the canary come up',
    reason: 'Progressing',
    world: () => {
      const world = canary([{ setWeight: 20 }, { pause: {} }]);
      world.broken.add('v2');
      world.run(2);
      return world;
    },
    waits: /^2 pods of revision 2 to become available, since \w+; ends by itself.*Degraded at 2026/u,
    can: /abort checkout/u,
  },
  {
    state: 'the data plane follows a weight',
    reason: 'Progressing',
    world: () =>
      routedWorld((world) => {
        world.until(() => world.router?.weights.length === 1);
        if (world.router !== undefined) world.router.settle = millis(3_600_000);
        world.pass();
      }),
    waits: /^the data plane to serve weight 20, since \w+; ends by itself/u,
    can: /promote --full checkout/u,
  },
  {
    state: 'a router has not accepted a route',
    reason: 'Progressing',
    world: () =>
      routedWorld((world) => {
        if (world.router !== undefined) world.router.acceptsAfter = millis(3_600_000);
        world.until(() => world.router?.weights.length === 1);
      }),
    waits: /^the data plane to serve weight 20/u,
    can: /abort checkout/u,
  },
  {
    state: 'a verdict is awaited',
    reason: 'Progressing',
    world: () => after(canary([{ setWeight: 20 }, { analysis: SLO }, { setWeight: 60 }]), (world) => world.runs.size === 1),
    waits: /^AnalysisRun checkout-\S+ to give a verdict, since \w+; ends by itself when all is measured/u,
    can: /promote --full checkout/u,
  },
  {
    state: 'a background analysis goes on while pods come up',
    reason: 'Progressing',
    world: () => {
      const world = canary([{ setWeight: 20 }, { setWeight: 60 }], {}, { analysis: SLO });
      world.broken.add('v2');
      world.run(3);
      return world;
    },
    waits: /pods of revision 2 to become available/u,
    can: /abort checkout/u,
  },
  {
    state: 'a pause step with an end',
    reason: 'CanaryPauseStep',
    world: () => after(canary([{ setWeight: 20 }, { pause: { duration: '10m' } }]), isPhase('Paused')),
    waits: /^the pause to end in \w+, since \w+; ends by itself, or when somebody promotes or resumes$/u,
    can: /promote checkout/u,
  },
  {
    state: 'a pause step without an end',
    reason: 'CanaryPauseStep',
    world: () => after(canary([{ setWeight: 20 }, { pause: {} }]), isPhase('Paused')),
    waits: /^a person: this pause has no end of its own, since/u,
    can: /promote checkout/u,
  },
  {
    state: 'somebody paused it',
    reason: 'UserRequest',
    world: () => {
      const world = canary([{ setWeight: 20 }, { setWeight: 60 }]);
      world.tick();
      ask(world, 'pause');
      world.tick();
      return world;
    },
    waits: /^a person, who paused it, since \w+; ends when somebody resumes$/u,
    can: /resume checkout/u,
  },
  {
    state: 'it is paused through Git in the middle of a release',
    reason: 'Paused',
    world: () => {
      const world = canary([{ setWeight: 20 }, { setWeight: 60 }]);
      world.tick();
      world.change({ paused: true });
      world.run(2);
      return world;
    },
    waits: /^spec\.paused to be removed from the manifest, since \w+; ends when spec\.paused is false$/u,
    can: /abort checkout/u,
  },
  {
    state: 'an analysis gave no verdict',
    reason: 'InconclusiveAnalysisRun',
    world: () => judged('Inconclusive', 'Abort'),
    waits: /gave no verdict.*; ends when somebody promotes, resumes or aborts$/u,
    can: /promote checkout.*resume checkout.*abort checkout/u,
  },
  {
    state: 'it was aborted by a person',
    reason: 'RolloutAborted',
    world: () => {
      const world = after(canary([{ setWeight: 20 }, { pause: {} }]), isPhase('Paused'));
      askAbort(world);
      world.run(3);
      return world;
    },
    waits: /^a new revision, or a retry of revision 2, since \w+; ends when/u,
    can: /retry checkout/u,
  },
  {
    state: 'it breached, and traffic went back',
    reason: 'GateFailed',
    world: () => judged('Failed', 'Abort'),
    waits: /^a new revision, or a retry of revision 2/u,
    can: /retry checkout/u,
  },
  {
    state: 'it breached, and a restore commit is being made',
    reason: 'GateFailed',
    world: () => judged('Failed', 'Revert'),
    waits: /^the restore commit to be pushed, since \w+; ends by itself/u,
    can: /retry checkout/u,
  },
  {
    state: 'it breached, and stays where it is',
    reason: 'GateFailed',
    world: () => judged('Failed', 'Freeze'),
    waits: /^a person: GateFailed: .*; ends when somebody retries, promotes or aborts/u,
    can: /retry checkout.*promote checkout.*abort checkout/u,
  },
  {
    state: 'a quarantined revision came back',
    reason: 'QuarantinedRevision',
    world: () => {
      const world = judged('Failed', 'Abort');
      world.deploy('v3');
      world.run(2);
      world.deploy('v2');
      world.run(3);
      return world;
    },
    waits: /^a new revision, or a retry/u,
    can: /retry checkout/u,
  },
  {
    state: 'the spec is wrong',
    reason: 'InvalidSpec',
    world: () => {
      const world = canary([{ setWeight: 20 }, { pause: {} }]);
      world.workload = { state: 'Missing' };
      world.change({ workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' } });
      world.tick();
      return world;
    },
    waits: /^a person: InvalidSpec: spec\.workloadRef.*; ends when the named field, or the object that it names, is corrected/u,
    can: /lint -f FILE/u,
  },
  {
    state: 'the spec asks for what is not supported',
    reason: 'Unsupported',
    world: () => {
      const world = canary([{ setWeight: 20 }, { pause: {} }]);
      world.tick();
      world.change({ strategy: { canary: { ...SERVICES, steps: [{ setWeight: 20 }, { gate: {} }] } } });
      world.tick();
      return world;
    },
    waits: /^a person: Unsupported: /u,
    can: /lint -f FILE/u,
  },
  {
    state: 'an analysis cannot be started',
    reason: 'InvalidSpec',
    world: () => {
      const world = canary([{ setWeight: 20 }, { analysis: { templates: [{ templateName: 'nowhere' }] } }]);
      world.run(3);
      return world;
    },
    waits: /^a person: InvalidSpec: the analysis cannot be started: /u,
    can: /abort checkout/u,
  },
  {
    state: 'the route is gone',
    reason: 'RouteNotFound',
    world: () =>
      routedWorld((world) => {
        if (world.router !== undefined) world.router.missing = 'there is no HTTPRoute checkout: create it';
        world.run(2);
      }),
    waits: /^a person: RouteNotFound: .*; ends by itself as soon as what the message names is corrected/u,
    can: /abort checkout/u,
  },
  {
    state: 'somebody else takes a selector out',
    reason: 'ServiceSelectorConflict',
    world: foughtOver,
    waits: /^a person: ServiceSelectorConflict: .*; ends when the other writer leaves the selector alone; it is written again/u,
    can: /paste what the message names/u,
  },
  {
    state: 'there was no progress for too long',
    reason: 'ProgressDeadlineExceeded',
    world: () => {
      const world = canary([{ setWeight: 20 }, { pause: {} }], { progressDeadlineSeconds: 60 });
      world.broken.add('v2');
      world.run(10);
      return world;
    },
    waits: /^2 pods of revision 2 to become available, since/u,
    can: /apply a fixed template.*abort checkout/u,
  },
  {
    state: 'the release took too long',
    reason: 'ReleaseDeadlineExceeded',
    world: () => {
      const world = canary([{ setWeight: 20 }, { pause: {} }], { releaseDeadline: '1m' });
      world.broken.add('v2');
      world.run(10);
      return world;
    },
    waits: /^2 pods of revision 2 to become available, since/u,
    can: /abort checkout/u,
  },
  {
    state: 'a changed ConfigMap settles',
    reason: 'ConfigSettling',
    world: () => {
      const world = withConfig((config) => config.set('app', { timeout: '1ms' }));
      return world;
    },
    waits: /^ConfigMap app changed: .*, since \w+; ends by itself at that time; spec\.config\.settle says how long it waits$/u,
    can: /explain checkout/u,
  },
  {
    state: 'a commit is in the cluster only in part',
    reason: 'CommitIncomplete',
    world: () => {
      const world = withConfig((config) => config.set('app', { timeout: '1ms' }));
      world.source = { ...world.source, incomplete: { gitSync: 'shop', commit: 'c2' } };
      world.run(30);
      return world;
    },
    waits:
      /^CommitIncomplete: the GitSync shop has applied only a part of commit c2: .*, since \w+; ends by itself, as soon as that is mended/u,
    can: /explain checkout/u,
  },
  {
    state: 'a ConfigMap is missing',
    reason: 'ConfigMissing',
    world: () => {
      const world = withConfig(() => undefined);
      const envFrom = [{ configMapRef: { name: 'other' } }];
      world.change({
        template: { metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'app', image: 'v2', envFrom }] } },
      });
      world.run(2);
      return world;
    },
    waits: /^ConfigMissing: .*, since \w+; ends by itself, as soon as that is mended/u,
    can: /explain checkout/u,
  },
  {
    state: 'configuration may not be read',
    reason: 'ConfigUnreadable',
    world: () => {
      const world = withConfig((config) => {
        config.configMaps = { state: 'Unreadable', message: 'forbidden' };
      });
      world.deploy('v2');
      world.change({
        template: { ...template('v2'), spec: { containers: [{ name: 'app', image: 'v2', envFrom: [{ configMapRef: { name: 'app' } }] }] } },
      });
      world.run(2);
      return world;
    },
    waits: /^ConfigUnreadable: /u,
    can: /explain checkout/u,
  },
  {
    state: 'pods are restarted',
    reason: 'Restarting',
    world: () => restarting(() => undefined),
    waits: /old pods? to be replaced, since \w+; ends by itself/u,
    can: /get poddisruptionbudgets -n shop/u,
  },
  {
    state: 'a preview comes up',
    reason: 'Progressing',
    world: () => {
      const world = serving({ autoPromotionEnabled: false });
      world.broken.add('v2');
      world.deploy('v2');
      world.run(2);
      return world;
    },
    waits: /^4 pods of revision 2 to become available/u,
    can: /promote --full checkout/u,
  },
  {
    state: 'a preview waits for a person',
    reason: 'BlueGreenPause',
    world: () => {
      const world = serving({ autoPromotionEnabled: false });
      world.deploy('v2');
      return after(world, isPhase('Paused'));
    },
    waits: /^a person: this pause has no end of its own, since/u,
    can: /promote checkout/u,
  },
  {
    state: 'a preview waits for a person, its time being 0',
    reason: 'BlueGreenPause',
    world: () => {
      const world = serving({ autoPromotionEnabled: false, autoPromotionSeconds: 0 });
      world.deploy('v2');
      return after(world, isPhase('Paused'));
    },
    waits: /^a person: this pause has no end of its own, since/u,
    can: /promote checkout/u,
  },
  {
    state: 'a preview is promoted after a time',
    reason: 'BlueGreenPause',
    world: () => {
      const world = serving({ autoPromotionSeconds: 600 });
      world.deploy('v2');
      return after(world, isPhase('Paused'));
    },
    waits: /^the pause to end in \w+, since \w+; ends by itself/u,
    can: /promote checkout/u,
  },
  {
    state: 'a preview is judged',
    reason: 'Progressing',
    world: () => {
      const world = serving(BOTH);
      world.deploy('v2');
      return after(world, () => world.runs.size === 1);
    },
    waits: /^AnalysisRun \S+-pre-promotion to give a verdict/u,
    can: /abort checkout/u,
  },
  {
    state: 'it is paused at rest',
    reason: 'Paused',
    world: () => {
      const world = healthyWorld({ strategy: { canary: { ...SERVICES, steps: [] } } });
      world.change({ paused: true });
      world.run(2);
      return world;
    },
    waits: /^spec\.paused to be removed/u,
    can: /set spec\.paused to false/u,
  },
];

/** Reasons that another file's own test covers, because this small world cannot bring them about. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  // Nothing is awaited.
  'RolloutHealthy',
  'Reverted',
  // Of the same branch as RouteNotFound: the reading's own reason.
  'RouterMissing',
  'RuleNotFound',
  'RouteInvalid',
  'RouteNotOwned',
  'RouterNotReady',
  'RouteRefused',
  'TrafficUnknown',
  // Of the same branch as ConfigMissing.
  'ConfigCopyRefused',
  // Services that cannot be used, and writes that the API server refuses.
  'ServiceMissing',
  'ServiceExternalName',
  'ServiceWithoutSelector',
  'ServiceSelectsOthers',
  'ServiceOfAnother',
  'ReplicaSetCreateError',
  'ServiceCreateError',
  'ServicePortsRefused',
  'AnalysisRunCreateError',
]);

/** What ends it, or what a person does about it. */
const ENDS =
  /resume|promote|retry|abort|change|correct|create|by itself|goes on|until|next is|a Pass|starts at|set it to false|add to|remove it|let the controller|pending termination|Degraded at|replaced/u;

describe('what is said of a wait', () => {
  for (const row of ROWS) {
    it(`says what it waits for, since when, what ends it and what one can do: ${row.state}`, () => {
      const world = row.world();
      const { advice, waits, can } = adviceOn(world);
      const message = world.status?.message ?? '';
      assert.equal(reasonOf(world), row.reason, message);
      assert.match(waits, row.waits);
      assert.match(can, row.can);
      for (const wait of advice.waits) {
        assert.ok(wait.for !== '' && wait.ends !== '', JSON.stringify(wait));
        assert.ok(parseInstant(wait.since) !== undefined, `"${wait.for}" does not say since when`);
      }
      assert.match(message, ENDS);
    });
  }

  for (const row of ROWS) {
    it(`is explained with its inputs and its effects: ${row.state}`, () => {
      const world = row.world();
      const observed = world.observe();
      const plan = decideRollout(observed, world.now);
      const inputs = describeInputs(observed, plan.status, world.now, new Set());
      const decision = describeDecision(plan, writtenStatus(observed.rollout));
      assert.equal(inputs.replicaSets.length, world.sets.size);
      assert.ok(inputs.revisions.length >= 2 && inputs.place.length >= 1);
      assert.equal(decision.phase, world.status?.phase);
      for (const effect of decision.effects) assert.ok(effect.why !== '' && effect.target !== '', JSON.stringify(effect));
      const advice = adviseOn(toRolloutView(objectsOf(world)), world.now);
      const status = { phase: world.status?.phase ?? '', message: world.status?.message ?? '' };
      const rollout = { namespace: 'shop', name: 'checkout', generation: world.generation, observedGeneration: world.generation };
      const text = renderExplanation(
        { rollout, at: formatInstant(world.now), status, unread: [], inputs, decision, advice },
        createPaint(false),
      );
      assert.doesNotMatch(text.join('\n'), /undefined|\[object|NaN/u);
    });
  }

  it('is asked for every reason that the engine can give', () => {
    const tested = new Set([...ROWS.map((row) => row.reason), ...ELSEWHERE]);
    const missing = reasonsInSource().filter((reason) => !tested.has(reason));
    assert.deepEqual(missing, []);
  });

  it('says nothing of a Rollout that is at rest', () => {
    const world = healthyWorld({ strategy: { canary: { ...SERVICES, steps: [] } } });
    assert.deepEqual(adviceOn(world).advice, { waits: [], youCan: [] });
  });

  for (const reason of [...ELSEWHERE].filter((one) => one !== 'RolloutHealthy' && one !== 'Reverted')) {
    it(`has words for ${reason}, which another state than its own brings about here`, () => {
      const world = after(canary([{ setWeight: 20 }, { pause: {} }]), isPhase('Paused'));
      const isConfig = reason.startsWith('Config');
      const facts = { reason, message: 'mend it', lastTransitionTime: '2026-01-01T00:00:00Z' };
      const type = isConfig || reason === 'RouterNotReady' ? ('Ready' as const) : ('Stalled' as const);
      const status = type === 'Ready' ? ('Unknown' as const) : ('True' as const);
      world.status = {
        ...world.status,
        observedGeneration: world.generation,
        phase: type === 'Ready' ? 'Progressing' : 'Degraded',
        message: 'mend it',
        pauseConditions: [],
        conditions: [{ type, status, ...facts }],
      };
      const { advice } = adviceOn(world);
      assert.equal(advice.waits.length, 1);
      const [wait] = advice.waits;
      assert.match(wait?.for ?? '', /mend it/u);
      assert.ok(wait?.ends !== '' && parseInstant(wait?.since) !== undefined, JSON.stringify(wait));
      assert.ok(advice.youCan.length > 0);
    });
  }
});
