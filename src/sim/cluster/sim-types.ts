import type { KubeObject } from '../../api/metadata.ts';
import type { Millis } from '../../api/time.ts';
import type { Cluster, ResourceKind } from '../../ports/cluster.ts';

/** Who sends a request, as authentication would have found out. */
export interface SimUser {
  readonly name: string;
  readonly groups: readonly string[];
}

export type SimVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** One request as the hooks, the authorizer and the write listeners see it. */
export interface SimRequest {
  /** Counts every request of this cluster from 1. */
  readonly sequence: number;
  readonly verb: SimVerb;
  readonly kind: ResourceKind;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** The effective user: the impersonated one when there is one. */
  readonly user: SimUser;
  /** Who impersonates `user`. */
  readonly impersonator?: SimUser;
  /** The groups that the impersonator asked for. */
  readonly impersonatedGroups?: readonly string[];
  /** The object sent; for a patch its body, which need not be a whole object. */
  readonly body?: KubeObject;
  readonly patchType?: 'apply' | 'merge' | 'json' | 'strategic';
  readonly fieldManager?: string;
  readonly dryRun: boolean;
}

/** What a hook makes of a request. `applied` says whether the write happens before the failure is reported. */
export type Fault =
  | {
      readonly kind: 'fail';
      readonly status: number;
      readonly reason: string;
      readonly message: string;
      readonly retryAfterSeconds?: number;
      readonly applied: boolean;
    }
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly delay: Millis };

/** A committed write: `before` is absent on create, `after` once the object is gone. */
export interface SimWrite {
  readonly request: SimRequest;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

/** A Kubernetes API server in this process, without nodes or workload controllers. */
export interface SimCluster {
  /** The cluster as this user sees it. One call is one client process: a `crash` fault kills it, with what it impersonates. */
  as(user: SimUser): Cluster;
  /** Consulted before every request, in order of registration; the first fault wins. */
  onRequest(hook: (request: SimRequest) => Fault | undefined): void;
  /** Called synchronously after every committed write; the result unsubscribes. */
  onWrite(listener: (write: SimWrite) => void): () => void;
  /** Every stored object of a kind, read past hooks and authorization. */
  snapshot(kind: ResourceKind): readonly KubeObject[];
  installCrd(crd: KubeObject): void;
  /** Forgets history: later watches and continue tokens from old versions fail with 410. */
  compact(): void;
}

/** Decides on a request: the refusal's text, or undefined to let it pass. */
export type Authorize = (request: SimRequest) => string | undefined;
