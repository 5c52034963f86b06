import { createHash } from 'node:crypto';
import { EVENT } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import { type Millis, millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { isSluiceError } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import { formatMicroTime } from './micro-time.ts';

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Tells people, beside the object, what happened to it. */
export interface EventRecorder {
  /** Never rejects: an Event is never worth failing for. */
  emit(regarding: KubeObject, event: EventText): Promise<void>;
}

export interface EventRecorderOptions {
  readonly cluster: Pick<Cluster, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of this process, e.g. the pod's. */
  readonly instance: string;
}

const CONTROLLER = 'sluice.dev/controller';
/** A repeat is only counted until so long after the last write of its series. */
const SERIES_EVERY: Millis = millis(60_000);
const LONGEST_NOTE = 1_024;
const LONGEST_REASON = 128;
/** Events that are remembered for their repeats. */
const REMEMBERED = 1_000;

interface Series {
  count: number;
  writtenAt: Millis;
}

/** Cuts to so many UTF-8 bytes, as the API server counts them, between characters. */
function cutBytes(text: string, longest: number): string {
  if (Buffer.byteLength(text) <= longest) return text;
  let cut = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > longest - 3) break;
    cut += character;
  }
  return `${cut}...`;
}

/** The same words about the same object have the same name, also after a restart: repeats become a series instead of more Events. */
function nameOf(regarding: KubeObject, event: EventText): string {
  const words = [regarding.kind, regarding.metadata.uid ?? '', event.type, event.reason, event.message];
  const hash = createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 16);
  return `${regarding.metadata.name.slice(0, 230).replace(/[-.]+$/, '')}.${hash}`;
}

function eventObject(regarding: KubeObject, event: EventText, namespace: string, options: EventRecorderOptions): KubeObject {
  const { name, uid, resourceVersion } = regarding.metadata;
  return {
    apiVersion: `${EVENT.group}/${EVENT.version}`,
    kind: EVENT.kind,
    metadata: { name: nameOf(regarding, event), namespace },
    eventTime: formatMicroTime(options.clock.now()),
    reportingController: CONTROLLER,
    reportingInstance: cutBytes(options.instance, LONGEST_REASON),
    action: event.reason.slice(0, LONGEST_REASON),
    reason: event.reason.slice(0, LONGEST_REASON),
    type: event.type,
    note: cutBytes(event.message, LONGEST_NOTE),
    regarding: {
      apiVersion: regarding.apiVersion,
      kind: regarding.kind,
      name,
      ...(regarding.metadata.namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}

async function writeSeries(options: EventRecorderOptions, event: KubeObject, count: number): Promise<void> {
  const { namespace, name } = event.metadata;
  const series = { count, lastObservedTime: formatMicroTime(options.clock.now()) };
  await options.cluster.patch(EVENT, { namespace, name }, { type: 'merge', body: { series } });
}

/** Creates the Event; one that is there from before a restart becomes a series. */
async function createOrCount(options: EventRecorderOptions, event: KubeObject): Promise<Series> {
  const { cluster, clock } = options;
  try {
    await cluster.create(EVENT, event);
    return { count: 1, writtenAt: clock.monotonic() };
  } catch (error) {
    if (!isSluiceError(error, 'already_exists')) throw error;
    await writeSeries(options, event, 2);
    return { count: 2, writtenAt: clock.monotonic() };
  }
}

/** A recorder of events.k8s.io/v1 Events that counts repeats instead of writing them again. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, log } = options;
  const seen = new Map<string, Series>();

  function remember(id: string, series: Series): void {
    seen.delete(id);
    seen.set(id, series);
    const oldest = seen.size > REMEMBERED ? seen.keys().next().value : undefined;
    if (oldest !== undefined) seen.delete(oldest);
  }

  async function writeFirst(id: string, event: KubeObject): Promise<void> {
    // Held before it is written, so that a repeat at the same time only counts.
    const held: Series = { count: 1, writtenAt: clock.monotonic() };
    remember(id, held);
    try {
      const written = await createOrCount(options, event);
      held.count += written.count - 1;
    } catch (error) {
      seen.delete(id);
      throw error;
    }
  }

  async function record(regarding: KubeObject, event: EventText): Promise<void> {
    // Events about cluster-scoped objects live in `default`.
    const namespace = regarding.metadata.namespace ?? 'default';
    const object = eventObject(regarding, event, namespace, options);
    const id = `${namespace}/${object.metadata.name}`;
    const series = seen.get(id);
    if (series === undefined) {
      await writeFirst(id, object);
      return;
    }
    series.count += 1;
    if (clock.monotonic() - series.writtenAt < SERIES_EVERY) return;
    series.writtenAt = clock.monotonic();
    try {
      await writeSeries(options, object, series.count);
    } catch (error) {
      if (!isSluiceError(error, 'not_found')) throw error;
      // The server forgets Events after an hour.
      remember(id, await createOrCount(options, object));
    }
  }

  return {
    async emit(regarding, event) {
      try {
        await record(regarding, event);
      } catch (error) {
        log.debug('an Event could not be written', { reason: event.reason, object: regarding.metadata.name, error });
      }
    },
  };
}
