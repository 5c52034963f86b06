import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSluice } from './sluice-process.ts';

const SCENARIOS = path.resolve(import.meta.dirname, '../../docs/scenarios');
const ROLLOUT = path.join(SCENARIOS, 'rollout.yaml');

describe('simulate', { concurrency: 2 }, () => {
  let directory = '';
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-simulate-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const play = (scenario: string, ...words: string[]) => startSluice(['simulate', '-f', ROLLOUT, '--scenario', scenario, ...words]).ended;
  const playText = (text: string, name: string, ...words: string[]) => {
    const file = path.join(directory, `${name}.yaml`);
    writeFileSync(file, text);
    return play(file, ...words);
  };

  const files = readdirSync(SCENARIOS).filter((file) => file !== 'rollout.yaml');
  it('has the three scenarios of the docs', () =>
    assert.deepEqual(files.toSorted(), ['breach.yaml', 'busy-day.yaml', 'good-release.yaml']));

  for (const file of files) {
    it(`plays ${file} of the docs as it expects, twice the same`, async () => {
      const [first, second] = await Promise.all([play(path.join(SCENARIOS, file)), play(path.join(SCENARIOS, file))]);
      assert.equal(first.code, 0, first.out + first.err);
      assert.match(first.out, /^as expected: /mu);
      assert.equal(first.out, second.out);
    });
  }

  it('ends with 1 and every difference when the outcome is another one', async () => {
    const text =
      "metrics: {success: 0.5}\ntimeline: [{at: 1m, image: 'checkout:v2'}]\nlimit: 5m\nexpect: {phase: Healthy, stable: 'checkout:v2', log: [never said]}\n";
    const { code, out } = await playText(text, 'other');
    assert.equal(code, 1);
    assert.match(out, /^not as expected: phase: expected Healthy, is Degraded$/mu);
    assert.match(out, /^not as expected: stable: expected checkout:v2, is checkout:v1$/mu);
    assert.match(out, /^not as expected: log: no line holds "never said"/mu);
  });

  it('prints the timeline, the outcome and the differences as JSON', async () => {
    const { code, out } = await play(path.join(SCENARIOS, 'good-release.yaml'), '-o', 'json');
    assert.equal(code, 0);
    const answer: unknown = JSON.parse(out);
    assert.ok(typeof answer === 'object' && answer !== null && 'timeline' in answer && 'outcome' in answer);
    assert.equal(Reflect.get(answer, 'expected'), true);
    assert.ok(Array.isArray(answer.timeline) && answer.timeline.length > 10);
  });

  it('makes the Services that spec.service describes', async () => {
    const made = path.join(directory, 'made.yaml');
    writeFileSync(
      made,
      `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: checkout, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: checkout}}
  template: {metadata: {labels: {app: checkout}}, spec: {containers: [{name: checkout, image: 'checkout:v1'}]}}
  service: {ports: [{port: 80, targetPort: 8080}]}
  strategy: {canary: {stableService: checkout-stable, steps: [{setWeight: 50}]}}
`,
    );
    const file = path.join(directory, 'made-scenario.yaml');
    writeFileSync(
      file,
      "timeline: [{at: 1m, image: 'checkout:v2'}]\nexpect: {phase: Healthy, stable: 'checkout:v2', log: ['service checkout-stable: made for all pods']}\n",
    );
    const { code, out, err } = await startSluice(['simulate', '-f', made, '--scenario', file]).ended;
    assert.equal(code, 0, out + err);
  });

  it('plays routes with a data plane that follows them', async () => {
    const routed = path.join(directory, 'routed.yaml');
    writeFileSync(
      routed,
      `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: checkout, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec: {containers: [{name: checkout, image: 'checkout:v1'}]}
  strategy:
    canary:
      stableService: checkout-stable
      canaryService: checkout-canary
      trafficRouting: {gatewayAPI: {httpRoute: checkout}}
      steps: [{setWeight: 20}, {pause: {duration: 1m}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: checkout, namespace: shop}
spec: {parentRefs: [{name: edge}], rules: [{name: shop, backendRefs: [{name: checkout-stable, port: 80}]}]}
`,
    );
    const file = path.join(directory, 'routes-scenario.yaml');
    const steps =
      "['data plane: HTTPRoute checkout shop: checkout-stable 80 checkout-canary 20', 'service checkout-stable: r1 -> r2', Healthy]";
    writeFileSync(file, `timeline: [{at: 1m, image: 'checkout:v2'}]\nexpect: {phase: Healthy, stable: 'checkout:v2', log: ${steps}}\n`);
    const { code, out, err } = await startSluice(['simulate', '-f', routed, '--scenario', file]).ended;
    assert.equal(code, 0, out + err);
  });

  it('names every problem of a scenario at once, with the field', async () => {
    const { code, err } = await playText('limit: soon\ntimeline: [{at: 1m}, {at: 2m, scale: -1}]\nexpect: {phase: Fine}\n', 'wrong');
    assert.equal(code, 1);
    for (const field of ['limit', 'timeline[0]', 'timeline[1].scale', 'expect.phase'])
      assert.ok(err.includes(`${field}: `), `${field} in ${err}`);
  });

  it('says what is missing when there is no Rollout, and when a file is not there', async () => {
    const empty = path.join(directory, 'empty.yaml');
    writeFileSync(empty, 'apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n');
    const none = await startSluice(['simulate', '-f', empty, '--scenario', path.join(SCENARIOS, 'breach.yaml')]).ended;
    assert.equal(none.code, 1);
    assert.match(none.err, /0 Rollouts; a scenario is about exactly one/u);
    const stranger = path.join(directory, 'stranger.yaml');
    writeFileSync(stranger, 'apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: a}\n');
    const foreign = await startSluice(['simulate', '-f', ROLLOUT, stranger, '--scenario', path.join(SCENARIOS, 'breach.yaml')]).ended;
    assert.equal(foreign.code, 1);
    assert.match(foreign.err, /does not serve monitoring\.coreos\.com\/v1 ServiceMonitor a; leave it out/u);
    const gone = await startSluice(['simulate', '-f', path.join(directory, 'nowhere.yaml'), '--scenario', empty]).ended;
    assert.equal(gone.code, 1);
  });
});
