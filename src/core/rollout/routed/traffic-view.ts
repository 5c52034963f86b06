import { parseDuration } from '../../../api/duration.ts';
import type { CanaryStrategy } from '../../../api/rollout.ts';
import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Instant, type Millis, millis, parseInstant } from '../../../api/time.ts';
import type { RouterReading, WrittenTraffic } from '../../../ports/traffic-router.ts';
import { after, wholeSecond } from '../../time/instants.ts';
import { maxTrafficWeight } from '../../traffic/max-weight.ts';

export type TrafficRecord = NonNullable<RolloutStatus['traffic']>;

/** Why routes cannot be read, written or confirmed: a condition with this reason. */
export interface TrafficTrouble {
  readonly reason: string;
  readonly message: string;
}

/** By side. */
export interface Subsets {
  readonly stable: string;
  readonly canary: string;
}

/** How long the data plane may follow what the routes said before. */
export interface SettleTimes {
  /** Behind a change of the weight alone. */
  readonly weight: Millis;
  /** Behind routes that are new, or changed in more than the weight. */
  readonly remade: Millis;
}

/** What is known of the traffic: by the routes as they were read, and by the record of our own last write. */
export interface TrafficView {
  readonly trouble: TrafficTrouble | undefined;
  /** What every router says; undefined while they cannot all be read. */
  readonly written: readonly WrittenTraffic[] | undefined;
  /** The revisions that the subsets of a mesh select, `''` for every one; undefined with routers that select by Service. */
  readonly subsets: Subsets | undefined;
  /** The canary's weight, the same in all routes; undefined when it is not. */
  readonly weight: number | undefined;
  /** The canary's share that the data plane may be serving now: from `low` to `high`. */
  readonly low: number;
  readonly high: number;
  /** The data plane serves `weight`: written, accepted, and settled. */
  readonly verified: boolean;
  /** The record tells of what the routes say. */
  readonly recorded: boolean;
  /** No router ever confirms: settling alone counts. */
  readonly silent: boolean;
  /** A router has not accepted the present generation yet. */
  readonly pending: string | undefined;
  readonly settle: SettleTimes;
  /** When the written weight will have settled; undefined when it has, or while its settling has not begun. */
  readonly settlesAt: Instant | undefined;
  /** Of our own last write, as it should stand before this pass writes anything. */
  readonly record: TrafficRecord | undefined;
}

/** Milliseconds in which a router is expected to accept; settling counts from the acceptance of one that is later. */
const LATE_AFTER = 1000;

/** What the traffic is read from. */
export interface TrafficSources {
  readonly canary: CanaryStrategy;
  readonly readings: readonly RouterReading[];
  /** The record as last written. */
  readonly record: TrafficRecord | undefined;
  readonly now: Instant;
}

/** The spec's word, else the slowest router's default. */
function settleTimes({ canary, readings }: TrafficSources): SettleTimes {
  const told = parseDuration(canary.trafficRouting?.settle);
  const slowest = (times: readonly Millis[]): Millis => told ?? millis(Math.max(0, ...times));
  return {
    weight: slowest(readings.map(({ settle, weightSettle }) => weightSettle ?? settle)),
    remade: slowest(readings.map(({ settle }) => settle)),
  };
}

/** How long the write that this record tells of may take to be followed. */
export function settleOf(times: SettleTimes, record: TrafficRecord | undefined): Millis {
  return record?.remade === true ? times.remade : times.weight;
}

function troubleOf(readings: readonly RouterReading[]): TrafficTrouble | undefined {
  for (const { state } of readings) if (!state.ok) return { reason: state.reason, message: state.message };
  const refused = readings.find((reading) => reading.acceptance.state === 'Refused');
  if (refused === undefined) return undefined;
  const message = `${refused.router} refuses the route: ${refused.acceptance.message}; correct it, weights stay until then`;
  return { reason: 'RouteRefused', message };
}

/** The record of our last write; one whose acceptance came late, or that stands for a write which was about to come, counts from that on. */
function recordOf({ record: before, now }: TrafficSources, pending: boolean, weight: number | undefined): TrafficRecord | undefined {
  if (before === undefined) return undefined;
  const { late, ...rest } = before;
  if (late === true) return pending || weight !== before.weight ? before : { ...rest, writtenAt: wholeSecond(now) };
  if (!pending) return before;
  const since = now - (parseInstant(before.writtenAt) ?? now);
  return since >= LATE_AFTER ? { ...before, late: true } : before;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Everything that the data plane may be at: what the routes say, and what the record says until that has settled. */
function rangeOf(weights: readonly (number | undefined)[], record: TrafficRecord | undefined, max: number): Range {
  const known = weights.flatMap((weight) => (weight === undefined ? [0, max] : [weight]));
  const all = record === undefined ? known : [...known, record.low, record.high, record.weight];
  return all.length === 0 ? { low: 0, high: 0 } : { low: Math.min(...all), high: Math.max(...all) };
}

function weightOf(written: readonly WrittenTraffic[] | undefined): number | undefined {
  const weight = written?.[0]?.weight;
  return written?.every((one) => one.weight === weight) === true ? weight : undefined;
}

/** What every router says; undefined while one of them cannot be read. */
function writtenOf(readings: readonly RouterReading[]): readonly WrittenTraffic[] | undefined {
  const found = readings.flatMap((reading) => (reading.state.ok ? [reading.state.written] : []));
  return readings.length > 0 && found.length === readings.length ? found : undefined;
}

/** Until when the data plane may follow former weights; undefined when it no longer does, `late` while that has not begun. */
function settling(record: TrafficRecord | undefined, settle: Millis, now: Instant): Instant | 'late' | undefined {
  if (record?.late === true) return 'late';
  const end = record === undefined ? undefined : after(parseInstant(record.writtenAt) ?? now, settle);
  return end !== undefined && now < end ? end : undefined;
}

function subsetsOf(written: readonly WrittenTraffic[] | undefined): Subsets | undefined {
  const mesh = written?.find((one) => one.stableHash !== undefined || one.canaryHash !== undefined);
  return mesh === undefined ? undefined : { stable: mesh.stableHash ?? '', canary: mesh.canaryHash ?? '' };
}

/** Reads the traffic off the routes and the record. */
export function viewTraffic(sources: TrafficSources): TrafficView {
  const { readings, now, canary } = sources;
  const written = writtenOf(readings);
  const weight = weightOf(written);
  const waiting = readings.find((reading) => reading.acceptance.state === 'Pending');
  const record = recordOf(sources, waiting !== undefined, weight);
  const settle = settleTimes(sources);
  const settlesAt = settling(record, settleOf(settle, record), now);
  const trouble = troubleOf(readings);
  const confirmed = waiting === undefined && trouble === undefined && readings.every((reading) => reading.evidence !== 'NotSeen');
  const subsets = subsetsOf(written);
  // A write of the subsets alone whose status was lost has still to settle.
  const follows = subsets === undefined || (subsets.stable === record?.stableHash && subsets.canary === record.canaryHash);
  const recorded = weight !== undefined && record?.weight === weight && follows;
  const verified = recorded && confirmed && settlesAt === undefined;
  const weights = written?.map((one) => one.weight) ?? [];
  const max = maxTrafficWeight(canary);
  return {
    trouble,
    written,
    subsets,
    weight,
    ...(verified ? { low: weight, high: weight } : rangeOf(weights, record, max)),
    verified,
    recorded,
    silent: readings.length > 0 && readings.every((reading) => reading.acceptance.state === 'Silent'),
    pending: waiting === undefined ? undefined : `${waiting.router}: ${waiting.acceptance.message}`,
    settle,
    settlesAt: settlesAt === 'late' ? undefined : settlesAt,
    record,
  };
}
