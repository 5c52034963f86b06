import type { AuditedRequest } from '../tests/support/audit-log.ts';

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Whose name a request's object begins with: `svc-0001` of `svc-0001-stable`. */
function ownerOf({ name }: AuditedRequest, members: ReadonlySet<string>): string | undefined {
  const owner = name?.slice(0, 'svc-0000'.length);
  return owner !== undefined && members.has(owner) ? owner : undefined;
}

/** Lines that tell what was asked of the API server: for one release on average, the most that one took, and what belongs to none. */
export function requestTable(requests: readonly AuditedRequest[], members: readonly string[]): readonly string[] {
  const known = new Set(members);
  const kinds = new Map<string, { total: number; refused: number; elsewhere: number }>();
  const writes = new Map<string, { events: number; others: number }>(members.map((name) => [name, { events: 0, others: 0 }]));
  for (const request of requests) {
    const what = `${request.verb} ${request.resource}`;
    const row = kinds.get(what) ?? { total: 0, refused: 0, elsewhere: 0 };
    kinds.set(what, row);
    const owner = ownerOf(request, known);
    row.total += 1;
    if (request.code >= 400) row.refused += 1;
    const mine = owner === undefined ? undefined : writes.get(owner);
    if (mine === undefined) row.elsewhere += 1;
    else if (WRITES.includes(request.verb)) mine[request.resource === 'events' ? 'events' : 'others'] += 1;
  }
  const most = (pick: 'events' | 'others'): number => Math.max(...[...writes.values()].map((one) => one[pick]));
  const mean = (pick: 'events' | 'others'): string =>
    ([...writes.values()].reduce((sum, one) => sum + one[pick], 0) / members.length).toFixed(1);
  return [
    `one release: ${mean('others')} API writes on average, at most ${most('others')}; ${mean('events')} Events, at most ${most('events')}`,
    ...[...kinds]
      .toSorted(([, left], [, right]) => right.total - left.total)
      .map(
        ([what, { total, refused, elsewhere }]) =>
          `  ${what.padEnd(40)} ${String(total).padStart(7)}  ${((total - elsewhere) / members.length).toFixed(2).padStart(6)} a release${elsewhere === 0 ? '' : `, ${elsewhere} for none`}${refused === 0 ? '' : `, ${refused} refused`}`,
      ),
  ];
}
