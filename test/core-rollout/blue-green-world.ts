import assert from 'node:assert/strict';
import type { BlueGreenStrategy, RolloutSpec } from '../../src/api/rollout.ts';
import { hashOf, healthyWorld, type World } from './world.ts';

export const SLO = { templates: [{ templateName: 'slo' }] };
export const BOTH: Partial<BlueGreenStrategy> = { prePromotionAnalysis: SLO, postPromotionAnalysis: SLO };

/** A blue-green spec of four replicas with an active and a preview Service. */
export function blueGreen(strategy: Partial<BlueGreenStrategy> = {}, spec: Partial<RolloutSpec> = {}): RolloutSpec & { replicas: number } {
  return {
    replicas: 4,
    selector: { matchLabels: { app: 'checkout' } },
    strategy: { blueGreen: { activeService: 'active', previewService: 'preview', ...strategy } },
    ...spec,
  };
}

/** A Rollout of image v1 that is Healthy. */
export function serving(strategy: Partial<BlueGreenStrategy> = {}, spec: Partial<RolloutSpec> = {}): World {
  return healthyWorld(blueGreen(strategy, spec));
}

/** The name of the run of this image, ordinal and place. */
export function runOf(image: string, ordinal: number, place: 'pre-promotion' | 'post-promotion', attempt = 0): string {
  return `checkout-${hashOf(image)}-${ordinal}-${place}${attempt === 0 ? '' : `.${attempt}`}`;
}

let ids = 0;

/** What `kubectl sluice VERB` writes. */
export function ask(world: World, verb: string): void {
  ids += 1;
  world.annotations['sluice.dev/request'] = `${verb}:${world.status?.currentPodHash ?? ''}@${ids}`;
}

export function askAbort(world: World): void {
  ids += 1;
  world.annotations['sluice.dev/abort'] = `${world.status?.currentPodHash ?? ''}@${ids}`;
}

/** Which image a Service leads to; undefined when it leads to none of ours. */
export function leadsTo(world: World, service: 'active' | 'preview'): string | undefined {
  const hash = world.selected(service);
  return ['v1', 'v2', 'v3'].find((image) => hashOf(image) === hash);
}

/** Ticks until the active Service leads to this image. */
export function untilActive(world: World, image: string): void {
  world.until(() => leadsTo(world, 'active') === image);
}

/** Ticks until this run is there, and gives it a verdict. */
export function judge(world: World, run: string, phase: 'Successful' | 'Failed' | 'Inconclusive' | 'Error'): void {
  world.until(() => world.runs.has(run));
  world.verdict(run, phase);
}

/** Nothing more happens, and nothing is written any more. */
export function atRest(world: World): void {
  world.run(3);
  const before = world.status;
  const plan = world.pass();
  assert.deepEqual(plan.actions, [], plan.explain.join('\n'));
  assert.equal(plan.status, before);
}
