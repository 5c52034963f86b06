import * as fc from 'fast-check';
import { millis } from '../../src/api/time.ts';
import type { World } from './world.ts';

type Decided = ReturnType<World['pass']>;

/** `pause` is spec.paused turned on or off, `forget` a status that was lost. */
interface Bare {
  readonly kind: 'abort' | 'heal' | 'forget' | 'pause' | 'steps';
}

/** Somebody else writes the weight of a route, the router accepts that much later, a route goes or comes back. */
type RouterHappening =
  | { readonly kind: 'meddle'; readonly weight: number }
  | { readonly kind: 'slow'; readonly seconds: number }
  /** The canary's part of a route is taken away: its weight cannot be read. */
  | { readonly kind: 'hide' | 'unmake' };

/** What people, pods, metrics, time and crashes may do between two decisions. */
export type Happening =
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'deploy' | 'break'; readonly image: string }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'request'; readonly verb: string }
  | Bare
  /** What begins to be late, or is so no longer. */
  | { readonly kind: 'late'; readonly what: 'counts' | 'endpoints' }
  | { readonly kind: 'verdict'; readonly phase: 'Successful' | 'Failed' | 'Error' | 'Inconclusive' }
  | RouterHappening
  | { readonly kind: 'crash'; readonly actions: number };

const image = fc.constantFrom('v1', 'v2', 'v3');

function bare(kind: Bare['kind']): fc.Arbitrary<Happening> {
  return fc.constant({ kind });
}

/** Every happening, kind by kind. */
const KINDS: Readonly<Record<Happening['kind'], fc.Arbitrary<Happening>>> = {
  wait: fc.constantFrom(0, 0, 1, 4, 10, 40).map((seconds) => ({ kind: 'wait', seconds })),
  deploy: image.map((name) => ({ kind: 'deploy', image: name })),
  break: image.map((name) => ({ kind: 'break', image: name })),
  scale: fc.integer({ min: 0, max: 12 }).map((replicas) => ({ kind: 'scale', replicas })),
  request: fc
    .constantFrom('pause', 'resume', 'promote', 'promote-full', 'skip-step', 'retry', 'nonsense')
    .map((verb) => ({ kind: 'request', verb })),
  abort: bare('abort'),
  heal: bare('heal'),
  forget: bare('forget'),
  pause: bare('pause'),
  steps: bare('steps'),
  late: fc.constantFrom('counts' as const, 'endpoints' as const).map((what) => ({ kind: 'late', what })),
  hide: fc.constant({ kind: 'hide' }),
  unmake: fc.constant({ kind: 'unmake' }),
  verdict: fc
    .constantFrom('Successful' as const, 'Failed' as const, 'Error' as const, 'Inconclusive' as const)
    .map((phase) => ({ kind: 'verdict', phase })),
  meddle: fc.constantFrom(0, 30, 100).map((weight) => ({ kind: 'meddle', weight })),
  slow: fc.constantFrom(0, 3, 20).map((seconds) => ({ kind: 'slow', seconds })),
  crash: fc.integer({ min: 0, max: 3 }).map((actions) => ({ kind: 'crash', actions })),
};

/** Happenings of these kinds, each as often as its weight says. */
export function happenings(weights: Partial<Readonly<Record<Happening['kind'], number>>>): fc.Arbitrary<Happening> {
  return fc.oneof(...Object.entries(weights).map(([kind, weight]) => ({ weight, arbitrary: KINDS[kind as Happening['kind']] })));
}

function befallsRouter(event: Happening): event is RouterHappening {
  return event.kind === 'meddle' || event.kind === 'unmake' || event.kind === 'slow' || event.kind === 'hide';
}

function befallRouter({ router, now }: World, event: RouterHappening): void {
  if (router === undefined) return;
  if (event.kind === 'meddle') router.meddle(event.weight, now);
  else if (event.kind === 'unmake') router.unmake(now);
  else if (event.kind === 'slow') router.acceptsAfter = millis(event.seconds * 1000);
  else router.missing = router.missing === undefined ? 'the route is gone; create it' : undefined;
}

function ask(world: World, event: Extract<Happening, { kind: 'request' }> | Bare, count: number): void {
  const target = `${world.status?.currentPodHash ?? 'x'}@${count}`;
  if (event.kind === 'request') world.annotations['sluice.dev/request'] = `${event.verb}:${target}`;
  else world.annotations['sluice.dev/abort'] = target;
}

function turnLate(world: World, what: 'counts' | 'endpoints'): void {
  if (what === 'counts') world.countLate(!world.countsAreLate);
  else world.endpointsLate(!world.endpointsAreLate);
}

/** Lets it happen; `count` tells the happenings of one run apart, for the ids of requests and commits. */
export function happen(world: World, event: Happening, count: number): void {
  if (befallsRouter(event)) return befallRouter(world, event);
  switch (event.kind) {
    case 'wait':
      return event.seconds > 0 ? world.tick(event.seconds) : undefined;
    case 'deploy':
      world.deploy(event.image);
      return world.applied(`c${count}`);
    case 'scale':
      return world.change({ replicas: event.replicas });
    case 'pause':
      return world.change({ paused: world.spec.paused !== true });
    case 'steps':
      return world.change({ strategy: { canary: { ...world.spec.strategy.canary, steps: [{ setWeight: 30 }, { setWeight: 60 }] } } });
    case 'request':
    case 'abort':
      return ask(world, event, count);
    case 'break':
      return world.fail(event.image);
    case 'heal':
      return world.broken.clear();
    case 'late':
      return turnLate(world, event.what);
    case 'verdict':
      return world.judgeAll(event.phase);
    case 'forget':
      world.status = undefined;
      return;
    case 'crash':
      world.crashAfter = event.actions;
  }
}

/** From here on `decide` makes each decision of the world, and judges it before it is applied. */
export function decideEveryPass(world: World, decide: (world: World) => Decided): void {
  const original = world.pass.bind(world);
  world.pass = () => original(decide(world));
}

/** From here on `check` looks at the world before each decision. */
export function checkEveryPass(world: World, check: (world: World) => void): void {
  const original = world.pass.bind(world);
  world.pass = () => {
    check(world);
    return original();
  };
}
