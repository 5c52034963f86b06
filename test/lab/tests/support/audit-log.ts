import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { callText } from '../../../chart/rbac-grants.ts';
import type { LabFiles } from '../../run/lab-files.ts';

const eventSchema = z.object({
  verb: z.string(),
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

/** What one user asked of the API server. */
export interface AuditedCalls {
  /** `group/resource verb`, as the grants of a role are written. */
  readonly calls: ReadonlySet<string>;
  /** Requests that RBAC refused. */
  readonly refused: readonly string[];
}

/** Reads the API server's own record of a user's requests. */
export function auditedCalls(lab: LabFiles, username: string): AuditedCalls {
  const calls = new Set<string>();
  const refused: string[] = [];
  for (const line of readFileSync(lab.audit, 'utf8').split('\n')) {
    if (line === '') continue;
    const { verb, user, impersonatedUser, objectRef, responseStatus } = eventSchema.parse(JSON.parse(line));
    if (user.username !== username || objectRef?.resource === undefined) continue;
    if (responseStatus?.code === 403 && impersonatedUser === undefined)
      refused.push(`${verb} ${objectRef.resource}: ${responseStatus.message ?? ''}`);
    const resource = objectRef.subresource === undefined ? objectRef.resource : `${objectRef.resource}/${objectRef.subresource}`;
    calls.add(
      impersonatedUser === undefined ? callText(objectRef.apiGroup ?? '', resource, verb) : callText('', 'serviceaccounts', 'impersonate'),
    );
  }
  return { calls, refused };
}
