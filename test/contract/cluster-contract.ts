import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { NAMESPACE } from '../../src/api/kinds.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { describeApply } from './apply-contract.ts';
import { describeBuiltIns } from './built-in-contract.ts';
import { describeEvictions } from './eviction-contract.ts';
import { installWidgets } from './fixtures.ts';
import { describeReads } from './read-contract.ts';
import { describeValidation } from './validation-contract.ts';
import { describeWrites } from './write-contract.ts';

export interface ClusterSubject {
  readonly cluster: Cluster;
  /** A namespace of this run alone; the suite creates it. */
  readonly namespace: string;
  close(): Promise<void>;
}

/** What the parts of the suite use; filled in before the first test. */
export interface Fixture {
  cluster: Cluster;
  namespace: string;
}

/** The behaviour of an API server that Sluice relies on. Written against the port only: every subject must pass it unchanged. */
export function describeClusterContract(name: string, makeSubject: () => Promise<ClusterSubject>): void {
  describe(`the cluster contract: ${name}`, () => {
    let subject: ClusterSubject | undefined;
    const current = (): ClusterSubject => subject ?? assert.fail('the subject could not be made');
    const fixture: Fixture = {
      get cluster() {
        return current().cluster;
      },
      get namespace() {
        return current().namespace;
      },
    };
    before(async () => {
      subject = await makeSubject();
      const { cluster, namespace } = subject;
      try {
        await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      } catch (error) {
        if (!isSluiceError(error, 'already_exists')) throw error;
      }
      await installWidgets(cluster, namespace);
    });
    after(async () => {
      await subject?.close();
    });
    describeReads(fixture);
    describeWrites(fixture);
    describeApply(fixture);
    describeValidation(fixture);
    describeBuiltIns(fixture);
    describeEvictions(fixture);
  });
}
