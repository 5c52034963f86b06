import { revisionHash } from './revision-hash.ts';

/** Longest object name that the API server takes. */
const NAME_LIMIT = 253;
/** Longest label value. */
const LABEL_LIMIT = 63;

function limit(text: string, length: number): string {
  if (text.length <= length) return text;
  const hash = revisionHash(text);
  // A part of a name ends in a letter or digit.
  return `${text.slice(0, length - hash.length - 1).replace(/[^A-Za-z0-9]+$/, '')}-${hash}`;
}

/** A label value: the text itself, or its beginning and its hash when it is over 63 characters. */
export function labelValue(text: string): string {
  return limit(text, LABEL_LIMIT);
}

/** `<rollout>-<hash>`. */
export function replicaSetName(rollout: string, hash: string): string {
  return limit(`${rollout}-${hash}`, NAME_LIMIT);
}

/** `<name>-<hash>`, the hash of what it holds: the same content always has the same name. */
export function configCopyName(name: string, digest: string): string {
  return limit(`${name}-${revisionHash(digest)}`, NAME_LIMIT);
}

/** What an AnalysisRun is for. */
export interface RunIdentity {
  readonly rollout: string;
  readonly hash: string;
  readonly ordinal: number;
  readonly step?: number | undefined;
  readonly type?: string | undefined;
  /** 0 for the first run; counted in status. */
  readonly attempt: number;
}

/** `<rollout>-<hash>-<ordinal>[-<step>][-<type>][.<attempt>]`: the same input always gives the same name. */
export function analysisRunName(run: RunIdentity): string {
  const step = run.step === undefined ? '' : `-${run.step}`;
  const type = run.type === undefined ? '' : `-${run.type}`;
  const attempt = run.attempt === 0 ? '' : `.${run.attempt}`;
  return limit(`${run.rollout}-${run.hash}-${run.ordinal}${step}${type}${attempt}`, NAME_LIMIT);
}

/** `<rollout>-<ingress>-canary`: the Ingress that takes the canary's share beside this one. */
export function canaryIngressName(rollout: string, ingress: string): string {
  return limit(`${rollout}-${ingress}-canary`, NAME_LIMIT);
}
