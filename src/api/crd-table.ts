import { analysisRunSchema, analysisTemplateSchema, clusterAnalysisTemplateSchema } from './analysis.ts';
import type { CrdRow, PrinterColumn } from './crd.ts';
import { experimentSchema } from './experiment.ts';
import { gitSyncSchema } from './git-sync.ts';
import { gitTargetSchema } from './git-target.ts';
import {
  ANALYSIS_RUN,
  ANALYSIS_TEMPLATE,
  CLUSTER_ANALYSIS_TEMPLATE,
  EXPERIMENT,
  GIT_SYNC,
  GIT_TARGET,
  METRIC_PROVIDER,
  ROLLOUT,
} from './kinds.ts';
import { metricProviderSchema } from './metric-provider.ts';
import { rolloutSchema } from './rollout.ts';

function text(name: string, jsonPath: string): PrinterColumn {
  return { name, type: 'string', jsonPath };
}

function count(name: string, jsonPath: string): PrinterColumn {
  return { name, type: 'integer', jsonPath };
}

const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const READY = text('Ready', '.status.conditions[?(@.type=="Ready")].status');
const PHASE = text('Phase', '.status.phase');
const MESSAGE: PrinterColumn = { ...text('Message', '.status.message'), priority: 1 };

/** One row a kind: names, columns and subresources; fields and CEL rules stand in the schema of the kind. */
export const CRD_TABLE: readonly CrdRow[] = [
  {
    ...ROLLOUT,
    shortNames: ['ro'],
    schema: rolloutSchema,
    description: 'A workload whose new revisions take traffic in steps, each gated by SLOs, and whose bad change is reverted in Git.',
    columns: [
      count('Desired', '.spec.replicas'),
      count('Current', '.status.replicas'),
      count('Updated', '.status.updatedReplicas'),
      count('Available', '.status.availableReplicas'),
      count('Weight', '.status.canary.weights.canary.weight'),
      PHASE,
      AGE,
      { ...count('Revision', '.status.revision'), priority: 1 },
      MESSAGE,
    ],
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.HPAReplicas', labelSelectorPath: '.status.selector' },
  },
  {
    ...ANALYSIS_TEMPLATE,
    shortNames: ['at'],
    schema: analysisTemplateSchema,
    description: 'What an analysis measures: threshold metrics and SLOs.',
    columns: [READY, AGE, MESSAGE],
  },
  {
    ...CLUSTER_ANALYSIS_TEMPLATE,
    shortNames: ['cat'],
    schema: clusterAnalysisTemplateSchema,
    description: 'An AnalysisTemplate that every namespace may name.',
    columns: [READY, AGE, MESSAGE],
  },
  {
    ...ANALYSIS_RUN,
    shortNames: ['ar'],
    schema: analysisRunSchema,
    description: 'One execution of an analysis: arguments, measurements, verdict.',
    columns: [PHASE, AGE, MESSAGE],
  },
  {
    ...EXPERIMENT,
    shortNames: ['exp'],
    schema: experimentSchema,
    description: 'Short-lived ReplicaSets side by side, with analyses.',
    columns: [PHASE, AGE, MESSAGE],
  },
  {
    ...METRIC_PROVIDER,
    shortNames: ['mp'],
    schema: metricProviderSchema,
    description: 'Address and credentials of a metrics endpoint; templates name it, `default` when they name none.',
    columns: [text('Address', '.spec.prometheus.address'), READY, AGE, MESSAGE],
  },
  {
    ...GIT_TARGET,
    shortNames: ['gt'],
    schema: gitTargetSchema,
    description: 'A repository that restore commits may be written to, and for which namespaces.',
    columns: [text('URL', '.spec.url'), text('Branch', '.spec.branch'), text('Mode', '.spec.mode'), READY, AGE, MESSAGE],
  },
  {
    ...GIT_SYNC,
    shortNames: ['gs'],
    schema: gitSyncSchema,
    description: 'Keeps a namespace as a directory of a Git repository says.',
    columns: [text('URL', '.spec.url'), text('Path', '.spec.path'), text('Revision', '.status.lastAppliedRevision'), READY, AGE, MESSAGE],
  },
];
