import type { KubeObject } from '../../api/metadata.ts';
import { asJson, isObject, type JsonObject } from '../cluster/json.ts';

/** Names of core/v1 Events' fields and their names in events.k8s.io/v1. */
const FIELDS: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['count', 'deprecatedCount'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
];

function rename(object: JsonObject, pairs: readonly (readonly [string, string])[]): JsonObject {
  const names = new Map(pairs);
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]));
}

/** A stored Event as core/v1 shows it. */
export function toCoreEvent(event: KubeObject): KubeObject {
  const object = rename(
    asJson(event),
    FIELDS.map(([core, modern]) => [modern, core] as const),
  );
  const seen = isObject(event['series']) ? event['series']['lastObservedTime'] : event['eventTime'];
  const times = {
    firstTimestamp: object['firstTimestamp'] ?? event['eventTime'] ?? null,
    lastTimestamp: object['lastTimestamp'] ?? seen ?? null,
  };
  const source = object['source'] ?? { component: event['reportingController'] ?? '' };
  const involved = object['involvedObject'] ?? {};
  return { ...object, ...times, source, involvedObject: involved, apiVersion: 'v1', kind: 'Event', metadata: event.metadata };
}

/** A core/v1 Event as it is stored. */
export function fromCoreEvent(sent: JsonObject): JsonObject {
  return { ...rename(sent, FIELDS), apiVersion: 'events.k8s.io/v1', kind: 'Event' };
}
