import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { callText } from '../../../chart/rbac-grants.ts';
import type { LabFiles } from '../../run/lab-files.ts';

const eventSchema = z.object({
  verb: z.string(),
  requestReceivedTimestamp: z.string(),
  user: z.object({ username: z.string() }),
  impersonatedUser: z.object({ username: z.string(), groups: z.array(z.string()).optional() }).optional(),
  objectRef: z
    .object({
      resource: z.string().optional(),
      subresource: z.string().optional(),
      apiGroup: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.int().optional(), message: z.string().optional() }).optional(),
});

type AuditEvent = z.infer<typeof eventSchema>;

function eventsOf(lab: LabFiles, username: string): readonly AuditEvent[] {
  return readFileSync(lab.audit, 'utf8')
    .split('\n')
    .filter((line) => line.includes(username))
    .map((line) => eventSchema.parse(JSON.parse(line)))
    .filter(({ user }) => user.username === username);
}

function resourceOf({ objectRef }: AuditEvent): string {
  const { resource = '', subresource } = objectRef ?? {};
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

/** One request that the API server booked. */
export interface AuditedRequest {
  readonly verb: string;
  /** With its subresource; empty for what is no resource. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** HTTP status, 0 when none was booked. */
  readonly code: number;
  /** Whether it was made as another user. */
  readonly impersonated: boolean;
}

/** Every request of a user by the API server's own record, in its order; a watch is booked when it ends. */
export function auditedRequests(lab: LabFiles, username: string): readonly AuditedRequest[] {
  return eventsOf(lab, username).map((event) => ({
    verb: event.verb,
    resource: resourceOf(event),
    namespace: event.objectRef?.namespace,
    name: event.objectRef?.name,
    code: event.responseStatus?.code ?? 0,
    impersonated: event.impersonatedUser !== undefined,
  }));
}

/** What one user asked of the API server. */
export interface AuditedCalls {
  /** `group/resource verb`, as the grants of a role are written. */
  readonly calls: ReadonlySet<string>;
  /** Requests that RBAC refused. */
  readonly refused: readonly string[];
}

/** Reads the API server's own record of a user's requests from this moment on, in milliseconds since 1970: other tests ask as the same user. */
export function auditedCalls(lab: LabFiles, username: string, since: number): AuditedCalls {
  const calls = new Set<string>();
  const refused: string[] = [];
  for (const event of eventsOf(lab, username).filter((one) => Date.parse(one.requestReceivedTimestamp) >= since)) {
    const { verb, impersonatedUser, objectRef, responseStatus } = event;
    if (objectRef?.resource === undefined) continue;
    if (responseStatus?.code === 403 && impersonatedUser === undefined)
      refused.push(`${verb} ${objectRef.resource}: ${responseStatus.message ?? ''}`);
    const resource = resourceOf(event);
    calls.add(
      impersonatedUser === undefined ? callText(objectRef.apiGroup ?? '', resource, verb) : callText('', 'serviceaccounts', 'impersonate'),
    );
  }
  return { calls, refused };
}
