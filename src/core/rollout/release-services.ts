import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { Action } from '../plan/plan.ts';
import { seen } from '../plan/seen.ts';
import type { Context } from './context.ts';
import { act, type Draft } from './draft.ts';
import type { ObservedService } from './observed.ts';

/** Gives one Service back: its selector is its owner's again. A selector that is nothing but the hash stays, since an empty one selects nothing (S13). */
export function releaseService(service: ObservedService, why: string): Action {
  const others = Object.keys(service.selector).some((key) => key !== POD_TEMPLATE_HASH);
  return {
    type: 'releaseService',
    target: seen(service),
    dropHash: others && Object.hasOwn(service.selector, POD_TEMPLATE_HASH),
    why: `Service ${service.name} is given back: ${why}`,
  };
}

/** Gives back every Service that this Rollout is marked on and does not name any more. */
export function releaseFormerServices(context: Context, draft: Draft): Draft {
  return context.observed.managedServices
    .filter((service) => !context.observed.services.has(service.name))
    .reduce((next, service) => act(next, releaseService(service, 'the Rollout names it no longer')), draft);
}
