import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantity } from '../../src/core/identity/quantity.ts';
import { samePodTemplate } from '../../src/core/identity/same-template.ts';
import { applyBuiltInDefaults } from '../../src/sim/cluster/built-in-defaults.ts';

type Fields = Record<string, unknown>;

function template(container: Fields = {}, spec: Fields = {}, metadata: Fields = {}): Fields {
  return {
    metadata: { labels: { app: 'shop' }, ...metadata },
    spec: { containers: [{ name: 'shop', image: 'shop:1', ...container }], ...spec },
  };
}

/** As the API server gives it back in a ReplicaSet. */
function stored(given: Fields): Fields {
  const set = { spec: { template: structuredClone(given) } };
  applyBuiltInDefaults('ReplicaSet', set);
  return set.spec.template;
}

const RICH = template(
  {
    ports: [{ containerPort: 80 }],
    readinessProbe: { httpGet: { port: 80 } },
    env: [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
  },
  { serviceAccountName: 'shop', initContainers: [{ name: 'first', image: 'first' }], volumes: [{ name: 'c', configMap: { name: 'c' } }] },
);

describe('pod templates that ask for the same pods', () => {
  it('are those that the API server made of one another', () => {
    for (const one of [template(), RICH]) {
      assert.notDeepEqual(stored(one), one);
      assert.ok(samePodTemplate(one, stored(one)));
      assert.ok(samePodTemplate(stored(one), one));
    }
  });

  const same: readonly (readonly [what: string, left: Fields, right: Fields])[] = [
    ['a default that is stated', template(), template({}, { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' })],
    ['the pull policy that the tag implies', template(), template({ imagePullPolicy: 'IfNotPresent' })],
    ['an empty map of annotations', template(), template({}, {}, { annotations: {} })],
    ['an empty list', template(), template({ env: [] }, { volumes: [] })],
    ['null', template(), template({ command: null })],
    ['an amount as a number', template({ resources: { requests: { cpu: 0.001 } } }), template({ resources: { requests: { cpu: '1m' } } })],
    [
      'an amount in another unit',
      template({ resources: { limits: { memory: '1Gi' } } }),
      template({ resources: { limits: { memory: '1024Mi' } } }),
    ],
    ['an empty value of a variable', template({ env: [{ name: 'A' }] }), template({ env: [{ name: 'A', value: '' }] })],
  ];
  for (const [what, left, right] of same) {
    it(`differ by nothing but ${what}`, () => {
      assert.ok(samePodTemplate(left, right));
      assert.ok(samePodTemplate(right, left));
    });
  }

  const other: readonly (readonly [what: string, left: Fields, right: Fields])[] = [
    ['another image', template(), template({ image: 'shop:2' })],
    ['one more variable', template({ env: [{ name: 'A' }] }), template({ env: [{ name: 'A' }, { name: 'B' }] })],
    ['an annotation', template(), template({}, {}, { annotations: { a: '1' } })],
    [
      'a label that is named like a field with a default',
      template(),
      template({}, {}, { labels: { app: 'shop', imagePullPolicy: 'Always' } }),
    ],
    ['a field away from its default', template(), template({}, { restartPolicy: 'OnFailure' })],
    ['a pull policy that the tag does not imply', template(), template({ imagePullPolicy: 'Always' })],
    ['another amount', template({ resources: { requests: { cpu: '2m' } } }), template({ resources: { requests: { cpu: '1m' } } })],
    ['a switch that is off, which may mean something', template(), template({}, { automountServiceAccountToken: false })],
    [
      'an empty selector, which selects all',
      template({}, { affinity: { t: [{}] } }),
      template({}, { affinity: { t: [{ namespaceSelector: {} }] } }),
    ],
    ['the order of a list', template({ args: ['a', 'b'] }), template({ args: ['b', 'a'] })],
    ['a text where a number was', template({ ports: [{ containerPort: 80 }] }), template({ ports: [{ containerPort: '80' }] })],
  ];
  for (const [what, left, right] of other) {
    it(`are not the same with ${what}`, () => {
      assert.ok(!samePodTemplate(left, right));
      assert.ok(!samePodTemplate(right, left));
    });
  }
});

describe('a quantity', () => {
  it('is one amount however it is written', () => {
    const amounts: readonly (readonly unknown[])[] = [
      [1, '1', '1.0', '1000m', '1e0', '+1', '1000000u'],
      [0.001, '0.001', '.001', '1m', '1e-3'],
      ['1Gi', '1024Mi', '1048576Ki', 1_073_741_824],
      ['1k', 1000, '1e3', '1E3'],
      [0, '0', '0m', '-0'],
      ['-1', -1, '-1000m'],
    ];
    for (const group of amounts) assert.equal(new Set(group.map(quantity)).size, 1, String(group));
    assert.equal(new Set(amounts.map(([first]) => quantity(first))).size, amounts.length);
    assert.equal(quantity('5'), 5n * 10n ** 30n);
  });

  it('is none when it is written in another way', () => {
    for (const text of ['', '.', 'm', '1 m', 'one', '1kb', '1e', '1e999', {}, null, undefined, true])
      assert.equal(quantity(text), undefined);
  });
});
