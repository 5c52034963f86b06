/** Of a Rollout, what says whether its newest template is what serves. */
interface Settling {
  readonly metadata: { readonly generation?: number | undefined };
  readonly status?:
    | {
        readonly observedGeneration: number;
        readonly phase?: string | undefined;
        readonly stableRS?: string | undefined;
        readonly currentPodHash?: string | undefined;
      }
    | undefined;
}

/** Whether the newest template was looked at, is stable, and is healthy. */
export function isSettled({ metadata, status }: Settling): boolean {
  return status?.phase === 'Healthy' && status.observedGeneration === metadata.generation && status.stableRS === status.currentPodHash;
}
