import type { OwnerReference } from '../../api/metadata.ts';
import type { ConfigKind } from '../config/config-refs.ts';
import type { Seen } from './seen.ts';

/** One effect on the configuration that revisions use. Contents are no part of a plan: the executor reads them, and makes a copy only of what was decided on. */
export type ConfigAction =
  /** Makes the immutable copy of an object of this digest, owned by the Rollout. */
  | {
      readonly type: 'copyConfig';
      readonly kind: ConfigKind;
      readonly source: string;
      readonly copy: string;
      readonly digest: string;
      readonly why: string;
    }
  /** Makes the Rollout one more owner of a copy. */
  | {
      readonly type: 'shareConfigCopy';
      readonly kind: ConfigKind;
      readonly target: Seen;
      readonly ownerReferences: readonly OwnerReference[];
      readonly why: string;
    }
  /** Leaves a copy to its other owners. */
  | {
      readonly type: 'leaveConfigCopy';
      readonly kind: ConfigKind;
      readonly target: Seen;
      readonly ownerReferences: readonly OwnerReference[];
      readonly why: string;
    }
  | { readonly type: 'deleteConfigCopy'; readonly kind: ConfigKind; readonly target: Seen; readonly why: string }
  /** Writes on a ReplicaSet which configuration it has, and lets the pods that it makes from now on use the copies; pods that run are not touched. */
  | {
      readonly type: 'recordConfig';
      readonly target: Seen;
      readonly annotations: Readonly<Record<string, string>>;
      readonly template: Readonly<Record<string, unknown>>;
      readonly why: string;
    };

const TYPES: ReadonlySet<string> = new Set<ConfigAction['type']>([
  'copyConfig',
  'shareConfigCopy',
  'leaveConfigCopy',
  'deleteConfigCopy',
  'recordConfig',
]);

/** Whether an action of a plan is one on configuration. */
export function isConfigAction(action: { readonly type: string }): action is ConfigAction {
  return TYPES.has(action.type);
}
