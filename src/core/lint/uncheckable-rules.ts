/** A rule that no CEL expression of the custom resource definition can state, and where it is checked instead. */
export interface UncheckableRule {
  readonly kind: string;
  readonly field: string;
  readonly rule: string;
  /** Why the API server cannot check it. */
  readonly reason: string;
  /** `lint`: also offline, by `core/lint`. `controller`: needs the cluster, becomes a condition. */
  readonly checkedBy: 'lint' | 'controller';
}

const OPAQUE_ROUTER = 'the router is one opaque object until its adapter exists, so its members are not declared';

/** Every rule of a spec without a CEL twin. They become `InvalidSpec` and `Stalled`. */
export const UNCHECKABLE_RULES: readonly UncheckableRule[] = [
  {
    kind: 'Rollout',
    field: 'spec.template.spec',
    rule: 'is a valid pod specification: at least one container with name and image, restartPolicy Always',
    reason: 'the pod template is opaque, so that new pod fields need no new schema; the dry run of the ReplicaSet checks the rest',
    checkedBy: 'lint',
  },
  {
    kind: 'Rollout',
    field: 'spec.*.duration',
    rule: 'is not longer than ten years',
    reason: 'adding up the units needs a sum over the parts of a text, which CEL cannot compute; its own duration() knows no days',
    checkedBy: 'lint',
  },
  {
    kind: 'Rollout',
    field: 'spec.strategy.canary.trafficRouting.alb.rootService',
    rule: 'is set when pingPong is used with alb',
    reason: OPAQUE_ROUTER,
    checkedBy: 'lint',
  },
  {
    kind: 'Rollout',
    field: 'spec.strategy.canary.trafficRouting.istio.virtualServices[].routes',
    rule: 'and the routes of virtualService name none of managedRoutes',
    reason: 'comparing every route of every VirtualService with every managed route is over the budget of the API server',
    checkedBy: 'lint',
  },
  {
    kind: 'Rollout',
    field: 'spec.strategy.canary.trafficRouting.nginx.additionalIngressAnnotations',
    rule: 'and canaryIngressAnnotations have keys that are keys of annotations',
    reason: 'a schema cannot bound the length of keys, and without a bound their match is too dear for the API server',
    checkedBy: 'lint',
  },
  {
    kind: 'Rollout',
    field: 'spec.strategy.canary.trafficRouting.plugins[argoproj-labs/contour]',
    rule: 'has the fields of that plugin, names each HTTPProxy once, and no other namespace than the Rollout has',
    reason: 'the configuration of a plugin is one opaque object, and no rule sees metadata.namespace',
    checkedBy: 'lint',
  },
  {
    kind: 'Rollout',
    field: 'spec.strategy.canary.stableService',
    rule: 'and every other named Service exists (or is made by spec.service), is not of type ExternalName, selects the pods of the template, and is not managed by another Rollout',
    reason: 'needs other objects; lint checks it within one file',
    checkedBy: 'controller',
  },
  {
    kind: 'Rollout',
    field: 'spec.strategy.canary.canaryMetadata',
    rule: 'and the metadata of stable, preview and active pods use no name that begins with sluice.dev/, and label values of Kubernetes',
    reason: 'the names and values are keys and values of maps whose patterns a structural schema cannot state',
    checkedBy: 'lint',
  },
  {
    kind: 'Rollout',
    field: 'spec.workloadRef',
    rule: 'names an object that exists',
    reason: 'needs another object',
    checkedBy: 'controller',
  },
  {
    kind: 'Rollout',
    field: 'spec.strategy.canary.steps[].analysis.templates',
    rule: 'exist, get every argument that they need, and end by themselves when they are a step',
    reason: 'needs other objects; lint checks it within one file',
    checkedBy: 'controller',
  },
  {
    kind: 'AnalysisTemplate',
    field: 'spec.metrics[].successCondition',
    rule: 'and failureCondition are CEL of the allowed subset that yields true or false',
    reason: 'the API server cannot compile an expression that stands in a field',
    checkedBy: 'lint',
  },
];
