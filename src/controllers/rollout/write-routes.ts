import { FIELD_MANAGER } from '../../api/field-manager.ts';
import type { Action } from '../../core/plan/plan.ts';
import type { Routing } from '../../observe/routing.ts';
import type { WriteOptions } from '../../ports/cluster.ts';
import { isSluiceError, SluiceError } from '../../ports/errors.ts';
import type { RouterUse, RouteWrite, SeenRoute } from '../../ports/traffic-router.ts';
import type { ExecutionContext, Written } from './guarded-writes.ts';

export type RouteAction = Extract<Action, { type: 'routeTraffic' | 'releaseTraffic' }>;

/**
 * Makes the routes of one router say what was decided. With several objects all writes are tried as dry runs first, so that a second route that is refused
 * leaves the first one as it was: routes of one Rollout never disagree for long. `wrote` is told of each write as it is done, also when a later one fails.
 */
export async function writeRoutes(
  action: RouteAction,
  routing: Routing,
  context: ExecutionContext,
  wrote: (written: Written) => void,
): Promise<void> {
  const uses = action.type === 'releaseTraffic' && action.former === true ? routing.former : routing.uses;
  const use = uses.find(({ name }) => name === action.router);
  if (use === undefined) throw new SluiceError('conflict', `the Rollout no longer names the router ${action.router}`);
  refuseChanged(action.objects, use, routing);
  const writes = action.type === 'routeTraffic' ? use.write(routing.objects, action.intent) : use.release(routing.objects);
  if (writes.length > 1) for (const write of writes) await perform(write, context, { dryRun: true });
  for (const write of writes) wrote(await perform(write, context, {}));
}

/** A decision about other objects than those that are there now is made again. */
function refuseChanged(seen: readonly SeenRoute[], use: RouterUse, { objects }: Routing): void {
  for (const { kind, name } of use.objects) {
    const before = seen.find((route) => route.kind === kind && route.name === name);
    const now = objects.get(kind, name)?.metadata;
    if (before?.uid !== now?.uid || before?.resourceVersion !== now?.resourceVersion) {
      throw new SluiceError('conflict', `the ${kind.kind} ${name} is no longer the one that was read`);
    }
  }
}

async function perform(write: RouteWrite, context: ExecutionContext, more: Pick<WriteOptions, 'dryRun'>): Promise<Written> {
  const { cluster, namespace, signal } = context;
  // Strict: a field that this API server does not know would be dropped silently, and with it a mirror's percentage.
  const options: WriteOptions = { signal, fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', ...more };
  switch (write.type) {
    case 'update':
      return { type: 'written', kind: write.kind, object: await cluster.update(write.kind, write.object, options) };
    case 'create':
      return { type: 'written', kind: write.kind, object: await cluster.create(write.kind, write.object, options) };
    case 'delete': {
      const { kind, name, uid, resourceVersion } = write;
      const target = { name, uid, resourceVersion };
      if (more.dryRun !== true) await removed(context, write, { namespace, name });
      return { type: 'removed', kind, target };
    }
  }
}

async function removed(
  { cluster, signal }: ExecutionContext,
  { kind, uid, resourceVersion }: Extract<RouteWrite, { type: 'delete' }>,
  ref: { readonly namespace: string; readonly name: string },
): Promise<void> {
  try {
    await cluster.remove(kind, ref, { signal, preconditions: { uid, resourceVersion }, propagation: 'Background' });
  } catch (error) {
    if (!isSluiceError(error, 'not_found')) throw error;
  }
}
