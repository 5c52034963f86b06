import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { recordAt } from '../../src/cli/model/fields.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import { describeSettings, settingsSchema } from '../../src/config/settings.ts';
import { settingsHelp } from '../../src/config/settings-help.ts';
import { settingsJsonSchema } from '../../src/config/settings-json-schema.ts';
import { settingsTable } from '../../src/config/settings-table.ts';

function load(flags: readonly string[] = [], environment: Record<string, string> = {}) {
  const result = loadSettings({ flags, environment });
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function refuse(flags: readonly string[] = [], environment: Record<string, string> = {}) {
  const result = loadSettings({ flags, environment });
  assert.ok(!result.ok, JSON.stringify(result));
  return result.problems;
}

describe('settings', () => {
  it('have defaults for everything and are frozen', () => {
    const settings = load();
    assert.deepEqual(settings, settingsSchema.parse({}));
    assert.equal(settings.leaderElection, true);
    assert.ok(Object.isFrozen(settings));
  });

  it('come from the environment, and flags win', () => {
    const environment = { SLUICE_WORKERS: '8', SLUICE_LOG_LEVEL: 'debug', SLUICE_NAMESPACES: 'shop, find' };
    const settings = load(['--log-level', 'warn', '--resync-interval=1h', '--no-leader-election'], environment);
    assert.deepEqual(settings.namespaces, ['shop', 'find']);
    assert.deepEqual([settings.workers, settings.logLevel, settings.resyncInterval, settings.leaderElection], [8, 'warn', '1h', false]);
  });

  it('take booleans as a bare flag, and with a value', () => {
    assert.equal(load(['--leader-election']).leaderElection, true);
    assert.equal(load(['--leader-election=false']).leaderElection, false);
  });

  it('report all errors at once, by the name that the person used', () => {
    const problems = refuse(['--workers=lots', '--log-level=loud', '--metrics-adress=:1', '--git-cache-dir'], {
      SLUICE_NAMESPACES: 'Shop',
      SLUICE_WORKER: '3',
    });
    const fields = problems.map((problem) => problem.field).sort();
    assert.deepEqual(fields, ['--git-cache-dir', '--log-level', '--metrics-adress', '--workers', 'SLUICE_NAMESPACES', 'SLUICE_WORKER']);
    for (const problem of problems) assert.ok(problem.remedy !== '', problem.field);
    assert.match(problems.find((problem) => problem.field === '--metrics-adress')?.remedy ?? '', /did you mean --metrics-address/);
    assert.match(problems.find((problem) => problem.field === 'SLUICE_WORKER')?.remedy ?? '', /did you mean SLUICE_WORKERS/);
    assert.match(problems.find((problem) => problem.field === '--log-level')?.remedy ?? '', /debug or info or warn or error/);
  });

  it('check rules between settings', () => {
    const problems = refuse(['--lease-duration=5s', '--retry-period=20s', '--metrics-address=:70000', '--resync-interval=0s']);
    assert.deepEqual(
      problems.map((problem) => problem.field),
      ['renewDeadline', 'retryPeriod', 'resyncInterval', 'metricsAddress'],
    );
  });

  it('ignore the variables that Kubernetes adds for a Service named sluice', () => {
    const links = {
      SLUICE_SERVICE_HOST: '10.0.0.1',
      SLUICE_SERVICE_PORT: '8090',
      SLUICE_SERVICE_PORT_METRICS: '8090',
      SLUICE_PORT: 'tcp://10.0.0.1:8090',
      SLUICE_PORT_8090_TCP: 'tcp://10.0.0.1:8090',
      SLUICE_PORT_8090_TCP_PROTO: 'tcp',
      SLUICE_PORT_8090_TCP_ADDR: '10.0.0.1',
      SLUICE_METRICS_SERVICE_HOST: '10.0.0.2',
      SLUICE_METRICS_PORT_8090_TCP_PORT: '8090',
    };
    assert.deepEqual(load([], links), load());
  });

  it('refuse addresses that cannot be listened on', () => {
    for (const address of ['8080', 'localhost', 'http://x:1', ':', 'a b:1']) {
      assert.equal(refuse([`--health-address=${address}`])[0]?.field, '--health-address', address);
    }
    for (const address of ['off', ':8080', '127.0.0.1:0', '[::1]:9000', 'localhost:1'])
      assert.equal(load([`--health-address=${address}`]).healthAddress, address);
  });
});

describe('what follows from the schema', () => {
  const names = Object.keys(settingsSchema.shape);

  it('help, table and JSON schema name every setting', () => {
    assert.ok(names.length > 10);
    assert.deepEqual(
      describeSettings().map((setting) => setting.name),
      names,
    );
    for (const setting of describeSettings()) {
      assert.ok(settingsHelp().includes(`  ${setting.flag}`), setting.flag);
      assert.ok(settingsTable().includes(`| \`${setting.flag}\` | \`${setting.variable}\` |`), setting.flag);
      assert.ok(setting.description.endsWith('.'), `${setting.name} has no sentence`);
    }
  });

  it('every default that the help prints is accepted as a value', () => {
    for (const setting of describeSettings()) {
      assert.deepEqual(load([`${setting.flag}=${setting.defaultText}`]), load(), setting.flag);
    }
  });

  it('every flag that the chart passes is a setting', () => {
    const template = readFileSync(join(import.meta.dirname, '../../charts/sluice/templates/deployment.yaml'), 'utf8');
    const passed = Array.from(template.matchAll(/^ *- (--[a-z-]+)=/gm), (match) => match[1]);
    assert.ok(passed.length > 0, 'the chart passes no flag');
    const known = describeSettings().map((setting) => setting.flag);
    for (const flag of passed) assert.ok(flag !== undefined && known.includes(flag), `${flag} is no setting`);
  });

  it('the JSON schema refuses unknown keys and requires none', () => {
    const schema = settingsJsonSchema();
    assert.equal(schema['additionalProperties'], false);
    assert.equal(schema['required'], undefined);
    assert.deepEqual(Object.keys(recordAt(schema, 'properties')), names);
  });
});
