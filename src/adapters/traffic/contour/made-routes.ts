import { z } from 'zod';
import { MANAGED_ROUTES } from '../../../api/labels.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import { deepEqual } from '../../../core/identity/deep-equal.ts';
import { isRecord } from '../../../core/identity/is-record.ts';
import type { RoutedRollout } from '../../../ports/traffic-router.ts';
import { jsonAt, setJson } from '../edit-json.ts';
import { conditionsOf } from './header-routes.ts';

/** Routes of an HTTPProxy have no names: an annotation keeps the conditions of those that steps made. */
const recordSchema = z.array(z.object({ name: z.string(), conditions: z.array(z.unknown()) }));

export type MadeRoute = z.infer<typeof recordSchema>[number];

/** The routes that the annotation tells of; none when it cannot be read. */
export function madeRoutes(object: KubeObject): readonly MadeRoute[] {
  try {
    const value: unknown = JSON.parse(object.metadata.annotations?.[MANAGED_ROUTES] ?? '[]');
    return recordSchema.safeParse(value).data ?? [];
  } catch {
    return [];
  }
}

/** Whether a route is one of these: same conditions, and nothing but the canary behind it. */
export function isMade(route: unknown, made: readonly MadeRoute[], { canaryService }: RoutedRollout): boolean {
  if (!isRecord(route) || !made.some((one) => deepEqual(one.conditions, conditionsOf(route)))) return false;
  const services: readonly unknown[] = Array.isArray(route['services']) ? route['services'] : [];
  const sharing = services.filter((service) => !isRecord(service) || service['mirror'] !== true);
  return sharing.length > 0 && sharing.every((service) => jsonAt(service, ['name']) === canaryService);
}

/** The object with these routes in its annotation, which goes with the last of them. */
export function withMadeRoutes(object: KubeObject, made: readonly MadeRoute[]): KubeObject {
  const record = made.length === 0 ? undefined : JSON.stringify(made);
  const edited = setJson(object, ['metadata', 'annotations', MANAGED_ROUTES], record);
  return Object.keys(edited.metadata.annotations ?? { kept: '' }).length > 0
    ? edited
    : setJson(edited, ['metadata', 'annotations'], undefined);
}
