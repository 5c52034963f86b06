import type { KubeObject } from '../../../api/metadata.ts';
import type { JobQuery } from '../../../ports/metrics.ts';

/** The Job that measures: of the run's namespace, owned by the run, so that it goes when the run goes. */
export function jobObject({ name, run, labels, annotations, spec }: JobQuery): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: run.namespace,
      labels: { ...labels, 'sluice.dev/analysis-run-uid': run.uid },
      annotations: { ...annotations, 'sluice.dev/analysis-run': run.name },
      ownerReferences: [
        {
          apiVersion: 'sluice.dev/v1alpha1',
          kind: 'AnalysisRun',
          name: run.name,
          uid: run.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec,
  };
}
