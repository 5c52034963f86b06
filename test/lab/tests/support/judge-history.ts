import { z } from 'zod';
import { FIELD_MANAGER } from '../../../../src/api/field-manager.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import { type Instant, instant } from '../../../../src/api/time.ts';
import type { SimWrite } from '../../../../src/sim/cluster/sim-types.ts';
import { stableJson } from '../../../../src/sim/cluster/stable-json.ts';
import { CONTROLLER_USER } from '../../../../src/sim/invariants/controller-user.ts';
import type { Violation } from '../../../../src/sim/invariants/invariant.ts';
import { watchInvariants } from '../../../../src/sim/invariants/watch-invariants.ts';
import { kindKey } from '../../../../src/sim/invariants/world-view.ts';
import { keyOf } from '../../../../src/sim/world/mirror.ts';
import type { Booked } from './written-history.ts';

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
  /** Versions before which others may have been missed: they are nobody's. */
  readonly leapt: number;
}

/** Lets the simulator's rules judge what a real controller has written to a real API server. */
export function judgeHistory(history: readonly Booked[], commits: readonly { readonly message: string }[]): Judgement {
  let listener: (write: SimWrite) => void = () => undefined;
  let now: Instant = instant(0);
  const sim = {
    snapshot: () => [],
    onWrite: (listen: (write: SimWrite) => void) => {
      listener = listen;
      return () => undefined;
    },
  };
  const watch = watchInvariants(sim, { clock: { now: () => now }, commits: () => commits });
  const live = new Map<string, KubeObject>();
  for (const [index, { kind, object, gone, leapt, at }] of history.entries()) {
    const key = `${kindKey(kind)} ${keyOf(object)}`;
    const before = live.get(key);
    const ours = !gone && !leapt && writerOf(before, object) === FIELD_MANAGER;
    if (gone) live.delete(key);
    else live.set(key, object);
    now = at;
    const user = ours ? CONTROLLER_USER : { name: 'somebody', groups: [] };
    const verb = gone ? 'delete' : before === undefined ? 'create' : 'update';
    listener({
      request: { sequence: index + 1, verb, kind, user, dryRun: false },
      ...(before === undefined ? {} : { before }),
      ...(gone ? {} : { after: object }),
    });
  }
  return {
    violations: watch.violations(),
    byController: watch.writes().filter((write) => write.byController).length,
    leapt: history.filter((entry) => entry.leapt).length,
  };
}
