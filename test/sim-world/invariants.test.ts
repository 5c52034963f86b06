import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANALYSIS_RUN, CONFIG_MAP, POD, REPLICA_SET, ROLLOUT, SECRET, SERVICE } from '../../src/api/kinds.ts';
import { ABORT, POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { restoreCounts } from '../../src/sim/invariants/rollback.ts';
import { analysisRun, createLedger, midCanary, ownedSet, podOf, rollout, serviceTo } from './ledger.ts';

function assertFound(found: readonly string[], pattern: RegExp): void {
  assert.equal(found.length, 1, `expected one finding, got:\n${found.join('\n')}`);
  assert.match(found[0] ?? '', pattern);
}

describe('the capacity rules', () => {
  it('are silent while a canary goes on as it should', () => {
    const ledger = midCanary();
    ledger.write(REPLICA_SET, ownedSet('new', 2, 1));
    ledger.write(REPLICA_SET, ownedSet('new', 2, 2), 'world');
    ledger.write(POD, podOf('new', 2), 'world');
    ledger.write(REPLICA_SET, ownedSet('old', 2, 3));
    ledger.write(POD, podOf('old', 3, true, true), 'world');
    ledger.remove(POD, 'web-old-3', 'world');
    assert.deepEqual(ledger.found(), []);
  });

  it('find a scale-down that leaves too few available (S4)', () => {
    const ledger = midCanary();
    ledger.write(REPLICA_SET, ownedSet('old', 1, 3));
    assertFound(ledger.found(), /^S4 shop\/web: web-old 3 -> 1 leaves 2 available where 3 are needed/);
  });

  it('do not blame the controller for draining pods that are not available anyway', () => {
    const ledger = midCanary();
    ledger.write(REPLICA_SET, ownedSet('new', 1, 0), 'world');
    ledger.write(REPLICA_SET, ownedSet('old', 3, 1), 'world');
    ledger.write(REPLICA_SET, ownedSet('new', 0, 0), 'controller');
    assert.deepEqual(
      ledger.found().filter((line) => line.startsWith('S4')),
      [],
    );
  });

  it('find more replicas than the surge allows (S4)', () => {
    const ledger = midCanary();
    ledger.write(REPLICA_SET, ownedSet('new', 3, 1));
    assertFound(ledger.found(), /^S4 shop\/web: web-new 1 -> 3 makes 6 replicas where 4 \+ 1 surge are allowed/);
  });

  it('allow what was allowed for the replicas of a generation not yet observed', () => {
    const ledger = midCanary();
    ledger.write(ROLLOUT, rollout({ replicas: 2, generation: 2 }), 'jane');
    ledger.write(REPLICA_SET, ownedSet('new', 2, 1));
    assert.deepEqual(ledger.found(), []);
    ledger.write(ROLLOUT, rollout({ replicas: 2, generation: 2, status: { observedGeneration: 2 } }));
    ledger.write(REPLICA_SET, ownedSet('new', 3, 1));
    assert.match(ledger.found()[0] ?? '', /makes 6 replicas where 2 \+ 1/);
  });

  it('find that availability was lost although pods behaved (S3)', () => {
    const ledger = midCanary();
    ledger.write(REPLICA_SET, ownedSet('old', 1, 3), 'jane');
    for (const index of [1, 2]) ledger.write(POD, podOf('old', index, true, true), 'world');
    assertFound(ledger.found(), /^S3 shop\/web: 2 pods are ready where 3 had been reached/);
  });

  it('let people ask for more than there is', () => {
    const ledger = midCanary();
    ledger.write(ROLLOUT, rollout({ replicas: 8, generation: 2 }), 'jane');
    ledger.write(ROLLOUT, rollout({ generation: 3, canary: { maxUnavailable: 0 } }), 'jane');
    ledger.write(POD, podOf('old', 1), 'world');
    assert.deepEqual(ledger.found(), []);
  });

  it('do not count pods that crash or are evicted', () => {
    const ledger = midCanary();
    ledger.write(POD, podOf('old', 1, false), 'world');
    ledger.write(POD, podOf('old', 2, true, true), 'jane');
    ledger.remove(POD, 'web-old-2', 'world');
    assert.deepEqual(ledger.found(), []);
  });

  it('find an abort that shrinks the stable revision (S4)', () => {
    const ledger = midCanary({}, { status: { abort: true } });
    ledger.write(REPLICA_SET, ownedSet('old', 2, 3));
    assertFound(ledger.found(), /^S4 shop\/web: web-old 3 -> 2 shrinks the stable revision of an aborted rollout/);
  });

  it('let the stable revision shrink once a retry stands on the object, before status says so', () => {
    const ledger = midCanary({}, { status: { abort: true }, annotations: { 'sluice.dev/request': 'retry:new@1' } });
    ledger.write(REPLICA_SET, ownedSet('old', 2, 3));
    assert.deepEqual(ledger.found(), []);
  });

  it('let the stable revision shrink for a revision after the aborted one, before status knows it', () => {
    const ledger = midCanary({}, { status: { abort: true } });
    const newer = ownedSet('newer', 1);
    ledger.write(REPLICA_SET, { ...newer, metadata: { ...newer.metadata, annotations: { 'sluice.dev/revision': '3' } } });
    ledger.write(REPLICA_SET, ownedSet('old', 2, 3));
    assert.deepEqual(ledger.found(), []);
  });

  it('find that something is taken from a Rollout that is being deleted (S16)', () => {
    const ledger = midCanary({}, { deleting: true });
    ledger.write(REPLICA_SET, ownedSet('new', 0, 1));
    assert.ok(ledger.found().some((line) => line.startsWith('S16 shop/web: web-new 1 -> 0 while the Rollout is being deleted')));
  });
});

describe('the rules of Services', () => {
  it('find a selector that is moved to pods that are not ready (S5)', () => {
    const ledger = midCanary();
    ledger.write(POD, podOf('new', 1, false), 'world');
    ledger.write(SERVICE, serviceTo('web-stable', 'new'));
    assertFound(ledger.found(), /^S5 shop\/web-stable: selector old -> new leaves 0 ready pods where 3 served and 3 are needed/);
  });

  it('let the canary Service move to a single ready pod, but not the stable one', () => {
    const ledger = midCanary();
    ledger.write(SERVICE, serviceTo('web-canary', 'old'));
    assert.deepEqual(ledger.found(), []);
    ledger.write(SERVICE, serviceTo('web-stable', 'new'));
    assertFound(ledger.found(), /leaves 1 ready pods where 3 served/);
  });

  it('find a drain of what a Service still selects (S5)', () => {
    const ledger = midCanary();
    ledger.write(REPLICA_SET, ownedSet('new', 0, 1));
    assertFound(ledger.found(), /^S5 shop\/web-canary: still selects new whose ReplicaSet web-new goes to zero while web-old is ready/);
  });

  it('find a hash that no ReplicaSet has, and an empty selector (S13)', () => {
    const ledger = createLedger();
    ledger.write(SERVICE, serviceTo('web-stable', undefined), 'jane');
    ledger.write(SERVICE, serviceTo('web-stable', 'ghost'));
    assertFound(ledger.found(), /^S13 shop\/web-stable: the selector names 'ghost', of which there is no ReplicaSet/);
    ledger.write(SERVICE, { ...serviceTo('web-stable', 'ghost'), spec: { selector: {}, ports: [{ port: 80 }] } });
    assert.ok(ledger.found().includes('S13 shop/web-stable: the selector is empty'));
  });

  it('find a ReplicaSet that is deleted although a Service selects it (S13)', () => {
    const ledger = midCanary();
    ledger.write(REPLICA_SET, ownedSet('new', 0, 0), 'jane');
    ledger.remove(REPLICA_SET, 'web-new');
    assert.ok(ledger.found().some((line) => line.startsWith('S13 shop/web-canary: selects new, whose ReplicaSet web-new was deleted')));
  });

  it('find a selector that goes there and back without a decision (S11)', () => {
    const ledger = midCanary();
    ledger.write(SERVICE, serviceTo('web-canary', 'old'));
    ledger.write(SERVICE, serviceTo('web-canary', 'new'));
    assertFound(ledger.found(), /^S11 shop\/web-canary: the selector returns to new/);
  });

  it('let a selector turn back once for an abort that was read late, not twice (S11)', () => {
    const ledger = midCanary({}, { annotations: { 'sluice.dev/abort': 'new@1' } });
    ledger.write(SERVICE, serviceTo('web-canary', 'old'));
    ledger.write(SERVICE, serviceTo('web-canary', 'new'));
    assert.deepEqual(ledger.found(), []);
    ledger.write(SERVICE, serviceTo('web-canary', 'old'));
    assertFound(ledger.found(), /^S11 shop\/web-canary: the selector returns to old/);
  });

  it('let a selector return after an abort and a retry', () => {
    const ledger = midCanary();
    ledger.write(ROLLOUT, rollout({ status: { abort: true } }));
    ledger.write(SERVICE, serviceTo('web-canary', 'old'));
    ledger.write(ROLLOUT, rollout({ status: { abort: false, lastHandledRequest: 'retry:new@1' } }));
    ledger.write(SERVICE, serviceTo('web-canary', 'new'));
    assert.deepEqual(ledger.found(), []);
  });
});

describe('the rules of steps and gates', () => {
  const steps = [{ setWeight: 25 }, { analysis: { templates: [{ templateName: 'slo' }] } }, { pause: {} }];
  const status = (index: number, more: Record<string, unknown> = {}) => rollout({ steps, status: { currentStepIndex: index, ...more } });

  it('find a step that is jumped over (S6)', () => {
    const ledger = midCanary({}, { steps: [{ setWeight: 1 }, { setWeight: 2 }, { setWeight: 3 }] });
    ledger.write(ROLLOUT, rollout({ steps: [{ setWeight: 1 }, { setWeight: 2 }, { setWeight: 3 }], status: { currentStepIndex: 2 } }));
    assertFound(ledger.found(), /^S6 shop\/web: the step index went from 0 to 2 without a request/);
  });

  it('let a person skip, and a retry start again', () => {
    const ledger = midCanary({}, { steps });
    ledger.write(ROLLOUT, status(2, { lastHandledRequest: 'skip-step:new@1' }));
    ledger.write(ROLLOUT, status(2, { lastHandledRequest: 'skip-step:new@1', abort: true }));
    ledger.write(ROLLOUT, status(0, { lastHandledRequest: 'retry:new@2' }));
    assert.deepEqual(ledger.found(), []);
  });

  it('find a step that goes back by itself (S6)', () => {
    const ledger = midCanary({}, { steps, status: { currentStepIndex: 2 } });
    ledger.write(ROLLOUT, status(1));
    assertFound(ledger.found(), /^S6 shop\/web: the step index went back from 2 to 1/);
  });

  it('find a revision that becomes stable before its steps are done (S6)', () => {
    const ledger = midCanary({}, { steps });
    ledger.write(ROLLOUT, status(0, { stableRS: 'new' }));
    assertFound(ledger.found(), /^S6 shop\/web: revision new became stable at step index 0 of 3/);
  });

  it('let a rollout that went back to its stable revision say what it likes of steps', () => {
    const ledger = midCanary({}, { steps, status: { currentStepIndex: 1 } });
    ledger.write(ROLLOUT, status(3, { currentPodHash: 'old' }));
    ledger.write(ROLLOUT, status(0, { currentPodHash: 'old' }));
    assert.deepEqual(ledger.found(), []);
  });

  it('find a new revision that does not start at the first step (S6)', () => {
    const ledger = midCanary({}, { steps, status: { currentStepIndex: 1 } });
    ledger.write(ROLLOUT, status(1, { currentPodHash: 'newer' }));
    assertFound(ledger.found(), /^S6 shop\/web: revision newer starts at step index 1/);
  });

  it('find an analysis step that is passed without a successful run of this revision and step (S7)', () => {
    const ledger = midCanary({}, { steps, status: { currentStepIndex: 1 } });
    ledger.write(ANALYSIS_RUN, analysisRun('new', 0, 'Successful'), 'world');
    ledger.write(ANALYSIS_RUN, analysisRun('new', 1, 'Inconclusive'), 'world');
    ledger.write(ROLLOUT, status(2));
    assertFound(ledger.found(), /^S7 shop\/web: analysis step 1 was passed without a Successful run of new \(web-new-1 Inconclusive\)/);
  });

  it('let an analysis step pass on a successful run', () => {
    const ledger = midCanary({}, { steps, status: { currentStepIndex: 1 } });
    ledger.write(ANALYSIS_RUN, analysisRun('new', 1, 'Successful'), 'world');
    ledger.write(ROLLOUT, status(2));
    assert.deepEqual(ledger.found(), []);
  });
});

describe('the rules of rollbacks', () => {
  const rollback = { id: 'abc', state: 'Intent', podTemplateHash: 'new', analysisRun: 'web-new-1' };

  for (const phase of ['Running', 'Error', 'Inconclusive', 'Successful']) {
    it(`find a rollback that is intended while the run is ${phase} (S8)`, () => {
      const ledger = midCanary();
      ledger.write(ANALYSIS_RUN, analysisRun('new', 1, phase), 'world');
      ledger.write(ROLLOUT, rollout({ status: { rollback } }));
      assertFound(ledger.found(), /^S8 shop\/web: rollback abc of new is intended, but no run of it Failed/);
    });
  }

  it('let a breach lead to a rollback, once', () => {
    const commits = [{ message: 'Restore web\n\nSluice-Revert-Id: abc\n' }];
    const ledger = midCanary({ commits: () => commits });
    ledger.write(ANALYSIS_RUN, analysisRun('new', 1, 'Failed'), 'world');
    ledger.write(ROLLOUT, rollout({ status: { rollback } }));
    ledger.write(ROLLOUT, rollout({ status: { rollback: { ...rollback, state: 'Pushed' } } }));
    assert.deepEqual(ledger.found(), []);
    commits.push({ message: 'Restore web again\n\nSluice-Revert-Id: abc\n' });
    ledger.write(ROLLOUT, rollout({ status: { rollback: { ...rollback, state: 'Applied' } } }));
    assertFound(ledger.found(), /^S9 shop\/web: 2 restore commits carry the id abc/);
  });

  it('find a rollback that is said to be pushed while no commit carries its id (S9)', () => {
    const ledger = midCanary();
    ledger.write(ANALYSIS_RUN, analysisRun('new', 1, 'Failed'), 'world');
    ledger.write(ROLLOUT, rollout({ status: { rollback: { ...rollback, state: 'Pushed' } } }));
    assertFound(ledger.found(), /^S9 shop\/web: rollback abc is Pushed, but no commit carries its id/);
  });

  it('counts trailers at the start of a line only', () => {
    const counts = restoreCounts([
      { message: 'x\n\nSluice-Revert-Id: a\nSluice-Revert-Id: b' },
      { message: 'talks of Sluice-Revert-Id: a' },
    ]);
    assert.deepEqual(Object.fromEntries(counts), { a: 1, b: 1 });
  });
});

describe('the rules of aborts', () => {
  it('find an aborted revision that grows (S11)', () => {
    const ledger = midCanary({}, { status: { abort: true } });
    ledger.write(REPLICA_SET, ownedSet('new', 2, 1));
    assertFound(ledger.found(), /^S11 shop\/web: aborted revision new grows from 1 to 2/);
  });

  it('find a status that passes over an abort on the object (S18)', () => {
    const annotations = { [ABORT]: 'new@1' };
    const ledger = midCanary({}, { annotations });
    ledger.write(ROLLOUT, rollout({ annotations, status: { currentStepIndex: 1 } }));
    assertFound(ledger.found(), /^S18 shop\/web: status was written without executing the abort new@1/);
  });

  it('let an abort be executed, and one of an older revision be refused', () => {
    const ledger = midCanary({}, { annotations: { [ABORT]: 'new@1' } });
    ledger.write(ROLLOUT, rollout({ annotations: { [ABORT]: 'new@1' }, status: { abort: true, lastHandledAbort: 'new@1' } }));
    ledger.write(ROLLOUT, rollout({ annotations: { [ABORT]: 'older@2' }, status: { abort: true, lastHandledAbort: 'new@1' } }), 'jane');
    ledger.write(ROLLOUT, rollout({ annotations: { [ABORT]: 'older@2' }, status: { abort: true, lastHandledAbort: 'older@2' } }));
    assert.deepEqual(ledger.found(), []);
  });

  it('find an abort that is executed on a stable revision (S18)', () => {
    const annotations = { [ABORT]: 'old@1' };
    const ledger = midCanary({}, { annotations, status: { currentPodHash: 'old' } });
    ledger.write(ROLLOUT, rollout({ annotations, status: { currentPodHash: 'old', abort: true, lastHandledAbort: 'old@1' } }));
    assertFound(ledger.found(), /^S18 shop\/web: the abort of old, which is stable, was executed/);
  });
});

describe('the rules of ownership and secrecy', () => {
  it('find a controller that writes spec, labels or annotations of a Rollout (S14)', () => {
    const ledger = midCanary();
    ledger.write(ROLLOUT, rollout({ replicas: 5 }));
    assert.ok(ledger.found().some((line) => line === 'S14 shop/web: the controller changed spec'));
    ledger.write(ROLLOUT, rollout({ replicas: 5, annotations: { note: 'x' } }));
    assert.ok(ledger.found().some((line) => line === 'S14 shop/web: the controller changed labels or annotations'));
  });

  it('find an observedGeneration that decreases (S14)', () => {
    const ledger = midCanary({}, { generation: 3, status: { observedGeneration: 3 } });
    ledger.write(ROLLOUT, rollout({ generation: 3, status: { observedGeneration: 2 } }));
    assertFound(ledger.found(), /^S14 Rollout shop\/web: observedGeneration went from 3 to 2/);
  });

  it("find fields of a Service that are not the controller's (S14)", () => {
    const ledger = midCanary();
    ledger.write(SERVICE, {
      ...serviceTo('web-stable', 'old'),
      spec: { selector: { app: 'web', [POD_TEMPLATE_HASH]: 'old' }, ports: [{ port: 81 }] },
    });
    assertFound(ledger.found(), /^S14 shop\/web-stable: fields beside the selector changed/);
  });

  it('find a ReplicaSet that no Rollout controls (S14)', () => {
    const ledger = midCanary();
    const foreign = ownedSet('old', 3);
    ledger.write(REPLICA_SET, { ...foreign, metadata: { ...foreign.metadata, name: 'foreign', ownerReferences: [] } });
    assertFound(ledger.found(), /^S14 shop\/foreign: the controller wrote a ReplicaSet that no Rollout controls/);
  });

  it('find a planted credential in anything but a Secret (S15)', () => {
    const ledger = createLedger({ tokens: ['hunter2'] });
    const object = (kind: string) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name: 'x', namespace: 'shop' },
      data: { note: 'with hunter2 inside' },
    });
    ledger.write(SECRET, object('Secret'), 'jane');
    assert.deepEqual(ledger.found(), []);
    ledger.write(CONFIG_MAP, object('ConfigMap'), 'jane');
    assertFound(ledger.found(), /^S15 ConfigMap shop\/x: a planted credential shows/);
    assert.doesNotMatch(ledger.found()[0] ?? '', /hunter2/);
  });
});
