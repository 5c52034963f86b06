import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { ADDRESSES } from '../../run/addresses.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { applyAll } from './installation.ts';

const API = 'flowcontrol.apiserver.k8s.io/v1';

/** A service account that may do one thing at a time. */
export interface Throttled {
  /** Occupies that one place until the answer is called: everything else is refused with 429. */
  occupy(): () => void;
}

/** Gives a service account the smallest share of the API server that there is, and none to borrow. */
export async function throttle(
  lab: LabFiles,
  account: { readonly namespace: string; readonly name: string; readonly token: string },
): Promise<Throttled> {
  const name = `${account.namespace}-${account.name}`;
  const limited = { nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Reject' } };
  const any = ['*'];
  const rule = {
    subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: account.namespace, name: account.name } }],
    resourceRules: [{ verbs: any, apiGroups: any, resources: any, namespaces: any, clusterScope: true }],
    nonResourceRules: [{ verbs: any, nonResourceURLs: any }],
  };
  // Precedence 1 is the one that nobody else may have.
  const spec = { priorityLevelConfiguration: { name }, matchingPrecedence: 2, rules: [rule] };
  await applyAll(lab, [
    { apiVersion: API, kind: 'PriorityLevelConfiguration', metadata: { name }, spec: { type: 'Limited', limited } },
    { apiVersion: API, kind: 'FlowSchema', metadata: { name }, spec },
  ]);
  return {
    occupy() {
      const headers = { authorization: `Bearer ${account.token}`, 'content-type': 'application/json', 'content-length': 1000 };
      const address = `${ADDRESSES.apiServer}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`;
      // Everybody may ask this; the server waits for the rest of the question.
      const call = request(address, { method: 'POST', headers, ca: readFileSync(lab.authority), agent: false });
      call.on('error', () => undefined);
      call.write('{');
      return () => call.destroy();
    },
  };
}
