/** Every name that Sluice puts on other objects starts with this. */
export const GROUP = 'sluice.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Label on ReplicaSets, Pods, AnalysisRuns and in Service selectors: the revision's hash. */
export const POD_TEMPLATE_HASH = `${GROUP}/pod-template-hash`;
/** Label on AnalysisRuns: Step, Background, PrePromotion, PostPromotion or Soak. */
export const ANALYSIS_TYPE = `${GROUP}/analysis-type`;
/** Label on AnalysisRuns of a step: its index. */
export const STEP_INDEX = `${GROUP}/step-index`;
/** Label on AnalysisRuns: the Rollout's name, or its hash when it is over 63 characters. */
export const ROLLOUT_LABEL = `${GROUP}/rollout`;
/** Annotation on ReplicaSets and AnalysisRuns: the ordinal that people see as "revision 7". */
export const REVISION = `${GROUP}/revision`;
/** Annotation on AnalysisRuns: the templates that their spec was made of, `a,b,cluster/c`. */
export const TEMPLATES = `${GROUP}/templates`;
/** Annotation on Services whose selector Sluice writes: the Rollout's name. */
export const MANAGED_BY = `${GROUP}/managed-by`;
/** Finalizer on a Rollout that writes selectors, routes or a Deployment's size: they are given back before it goes. */
export const FINALIZER = `${GROUP}/release`;
/** Annotation on a route object whose routes have no names: the ones that steps made, so that they are known again. */
export const MANAGED_ROUTES = `${GROUP}/managed-routes`;
/** Label on the objects that one of several installations handles; those without it belong to the installation without a name. */
export const INSTANCE = `${GROUP}/instance`;
/** Annotation on ReplicaSets: labels and annotations that Sluice gives their pods beside the template's own, as JSON. */
export const POD_METADATA = `${GROUP}/pod-metadata`;
/** Annotation on a ReplicaSet whose live pods do not all follow {@link POD_METADATA} yet: the names that have to leave them, as JSON. */
export const POD_METADATA_PENDING = `${GROUP}/pod-metadata-pending`;
/** Annotation on ReplicaSets: `name=replicas` of the Deployment that gives way; mirrors `status.workload`, which can be lost. */
export const WORKLOAD_SIZE = `${GROUP}/workload-size`;
/** Annotation on a ReplicaSet whose revision breached: mirrors `status.quarantine`, which can be lost. */
export const QUARANTINED = `${GROUP}/quarantined`;
/** Annotation on a ReplicaSet that was stable: until when, mirrors `status.formerlyStable`. */
export const STABLE_UNTIL = `${GROUP}/stable-until`;
/** Annotation on a ReplicaSet that grew while its status was late: `<pods>@<generation>`, how many may be counted on until status has seen a later generation. */
export const COUNTABLE = `${GROUP}/countable`;
/** Annotations on a ReplicaSet: the two parts of its revision, and the digest of each object that its configuration comes from, as JSON. */
export const TEMPLATE_HASH = `${GROUP}/template-hash`;
export const CONFIG_HASH = `${GROUP}/config-hash`;
export const CONFIG_RECORD = `${GROUP}/config`;
/** Label on the copies of ConfigMaps and Secrets that revisions use: `true`. */
export const CONFIG_COPY = `${GROUP}/config-copy`;
/** Annotation on such a copy: the name of the object that it was copied from; of a Secret also its uid, which salts the digest. */
export const COPY_OF = `${GROUP}/copy-of`;
export const COPY_OF_UID = `${GROUP}/copy-of-uid`;
/** Annotation on a ConfigMap or Secret that pods are to see live: `false` keeps Sluice from copying and following it. */
export const FOLLOW = `${GROUP}/follow`;
/** Annotation by which a person acts: `<verb>[=<argument>][:<pod-template-hash>]@<id>`. */
export const REQUEST = `${GROUP}/request`;
/** Annotation by which a person aborts: `<pod-template-hash>@<id>`; apart from {@link REQUEST}, so that nothing overwrites it. */
export const ABORT = `${GROUP}/abort`;

/** Annotations that GitSync stamps on what it applies. Hints for people; a restore trusts only `GitSync.status.inventory`. */
export const SOURCE_COMMIT = `${GROUP}/commit`;
export const SOURCE_PATH = `${GROUP}/path`;
export const SOURCE_FILE = `${GROUP}/file`;
/** Labels that GitSync stamps on what it applies. */
export const SYNC_NAME = `${GROUP}/sync-name`;
export const SYNC_NAMESPACE = `${GROUP}/sync-namespace`;
/** Annotation that keeps an object from being pruned: `disabled`. */
export const PRUNE = `${GROUP}/prune`;
