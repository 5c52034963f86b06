import { z } from 'zod';
import { FIELD_MANAGER } from '../../../../src/api/field-manager.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import { type Instant, instant } from '../../../../src/api/time.ts';
import type { ResourceKind } from '../../../../src/ports/cluster.ts';
import type { SimWrite } from '../../../../src/sim/cluster/sim-types.ts';
import { stableJson } from '../../../../src/sim/cluster/stable-json.ts';
import { CONTROLLER_USER } from '../../../../src/sim/invariants/controller-user.ts';
import type { Violation } from '../../../../src/sim/invariants/invariant.ts';
import { watchInvariants } from '../../../../src/sim/invariants/watch-invariants.ts';
import { kindKey } from '../../../../src/sim/invariants/world-view.ts';
import { keyOf } from '../../../../src/sim/world/mirror.ts';
import { createClaimedCounts } from './claimed-counts.ts';
import type { Booked, History } from './written-history.ts';

const entrySchema = z.looseObject({ manager: z.string().default(''), subresource: z.string().optional(), time: z.string().default('') });
const managedSchema = z.object({ metadata: z.object({ managedFields: z.array(entrySchema).default([]) }) });

type Entry = z.infer<typeof entrySchema>;

function entriesOf(object: KubeObject | undefined): readonly Entry[] {
  return object === undefined ? [] : managedSchema.parse(object).metadata.managedFields;
}

/**
 * Who wrote this version, by the API server's own record of who owns which fields. Two writes of one manager in the same second may leave the same record: then it
 * is whoever wrote last to the part that differs.
 */
function writerOf(before: KubeObject | undefined, after: KubeObject): string | undefined {
  const had = new Set(entriesOf(before).map(stableJson));
  const [changed] = entriesOf(after).filter((entry) => !had.has(stableJson(entry)));
  if (changed !== undefined) return changed.manager;
  const status = before !== undefined && stableJson(before['spec']) === stableJson(after['spec']);
  return entriesOf(after)
    .filter(({ subresource }) => (subresource === 'status') === status)
    .toSorted((left, right) => (left.time < right.time ? 1 : -1))[0]?.manager;
}

export interface Judgement {
  readonly violations: readonly Violation[];
  /** Versions that the controller under test wrote. */
  readonly byController: number;
  /** Broken where Kubernetes' own counts had misled whoever read them. */
  readonly misled: readonly Violation[];
  /** Versions that were not judged, because others are missing beside them. */
  readonly unjudged: number;
}

interface Live {
  readonly kind: ResourceKind;
  readonly object: KubeObject;
}

/** Lets the rules look at one write after the other, in a world that begins with what is there. */
function createJudge(live: ReadonlyMap<string, Live>, commits: readonly { readonly message: string }[]) {
  let listener: (write: SimWrite) => void = () => undefined;
  let now: Instant = instant(0);
  const sim = {
    snapshot: (kind: ResourceKind) => [...live.values()].filter((one) => kindKey(one.kind) === kindKey(kind)).map(({ object }) => object),
    onWrite: (listen: (write: SimWrite) => void) => {
      listener = listen;
      return () => undefined;
    },
  };
  const watch = watchInvariants(sim, { clock: { now: () => now }, commits: () => commits });
  const look = ({ kind, object, gone, at, version }: Booked, before: KubeObject | undefined): void => {
    now = at;
    const user = !gone && writerOf(before, object) === FIELD_MANAGER ? CONTROLLER_USER : { name: 'somebody', groups: [] };
    const verb = gone ? 'delete' : before === undefined ? 'create' : 'update';
    const states = { ...(before === undefined ? {} : { before }), ...(gone ? {} : { after: object }) };
    listener({ request: { sequence: version, verb, kind, user, dryRun: false }, ...states });
  };
  return { watch, look };
}

/**
 * Lets the simulator's rules judge what a real controller has written to a real API server. In a gap of one kind's history nothing is judged: what was written
 * then was written beside states that are not known. Behind it the rules begin anew.
 */
export function judgeHistory({ entries, gaps }: History, commits: readonly { readonly message: string }[]): Judgement {
  const live = new Map<string, Live>();
  const judges: ReturnType<typeof createJudge>[] = [];
  let judge: ReturnType<typeof createJudge> | undefined;
  const claimed = createClaimedCounts();
  const misled: Violation[] = [];
  const violations: Violation[] = [];
  let unjudged = 0;
  for (const entry of entries) {
    const key = `${kindKey(entry.kind)} ${keyOf(entry.object)}`;
    const before = live.get(key)?.object;
    if (gaps.some(({ after, upTo }) => entry.version > after && entry.version <= upTo)) {
      judge = undefined;
      unjudged += 1;
    } else {
      if (judge === undefined) judges.push((judge = createJudge(live, commits)));
      const known = judge.watch.violations().length;
      judge.look(entry, before);
      for (const one of judge.watch.violations().slice(known)) (claimed.wereEnough(one) ? misled : violations).push(one);
    }
    if (entry.gone) live.delete(key);
    else live.set(key, entry);
    claimed.look(entry, before, () => Array.from(live.values(), ({ object }) => object));
  }
  return {
    violations,
    misled,
    byController: judges.flatMap(({ watch }) => watch.writes()).filter((write) => write.byController).length,
    unjudged,
  };
}
