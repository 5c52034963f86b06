import { LEASE } from '../../api/kinds.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { kindKey } from '../invariants/world-view.ts';
import type { PortFault, PortRequest, PortVerb } from './incarnation.ts';

const READS: ReadonlySet<PortVerb> = new Set(['get', 'list', 'watch', 'dry-run']);

/** Decides what happens to a request of the controller. */
export type FaultPlan = (request: PortRequest) => PortFault | undefined;

/** Numbers all requests of all incarnations and decides on each. */
export interface RequestLine {
  send(verb: PortVerb, kind: ResourceKind, ref: string): { readonly request: PortRequest; readonly fault: PortFault | undefined };
  requests(): readonly PortRequest[];
  /** The next `times` matching requests fail like this. */
  add(matches: (request: PortRequest) => boolean, fault: PortFault, times: number): void;
}

/** A line whose requests `plan` decides on first, then the rules that were added. Leases are left alone: leadership is another matter. */
export function createRequestLine(plan: FaultPlan | undefined, onFault: (request: PortRequest, fault: PortFault) => void): RequestLine {
  const requests: PortRequest[] = [];
  const rules: { readonly matches: (request: PortRequest) => boolean; readonly fault: PortFault; left: number }[] = [];
  let writes = 0;

  function decide(request: PortRequest): PortFault | undefined {
    const planned = plan?.(request);
    if (planned !== undefined) return planned;
    const rule = rules.find((candidate) => candidate.left > 0 && candidate.matches(request));
    if (rule !== undefined) rule.left -= 1;
    return rule?.fault;
  }

  return {
    send(verb, kind, ref) {
      const plain = { index: 0, verb, kind, ref };
      if (kindKey(kind) === kindKey(LEASE)) return { request: plain, fault: undefined };
      if (!READS.has(verb)) writes += 1;
      const request: PortRequest = { ...plain, index: requests.length + 1, ...(READS.has(verb) ? {} : { writeIndex: writes }) };
      requests.push(request);
      const fault = decide(request);
      if (fault !== undefined) onFault(request, fault);
      return { request, fault };
    },
    requests: () => [...requests],
    add(matches, fault, times) {
      rules.push({ matches, fault, left: times });
    },
  };
}
