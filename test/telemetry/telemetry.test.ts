import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '../../src/api/time.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import { createLogger, type LoggerOptions } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { isSecretKey, redactText } from '../../src/telemetry/redact.ts';

const clock = { now: () => instant(Date.parse('2026-11-23T12:00:00.250Z')) };

function logger(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', format: 'json', clock, write: (line) => lines.push(line), ...options });
  return { log, lines, first: () => JSON.parse(lines[0] ?? '') };
}

describe('the JSON log', () => {
  it('writes one line with time, level and msg before the fields', () => {
    const { log, lines, first } = logger();
    log.child({ controller: 'rollout' }).info('advanced', { namespace: 'shop', step: 3 });
    assert.equal(lines.length, 1);
    assert.ok(lines[0]?.endsWith('}\n'));
    assert.deepEqual(first(), {
      level: 'info',
      time: '2026-11-23T12:00:00.250Z',
      controller: 'rollout',
      namespace: 'shop',
      step: 3,
      msg: 'advanced',
    });
  });

  it('writes nothing below its level', () => {
    const { log, lines } = logger({ level: 'warn' });
    log.debug('no');
    log.info('no');
    log.warn('yes');
    log.error('yes');
    assert.equal(lines.length, 2);
  });

  it('keeps one line whatever the message holds', () => {
    const { log, lines } = logger();
    log.info('a\nb\u001b[31m', { note: 'c\nd' });
    assert.equal(lines.join('').trimEnd().split('\n').length, 1);
    assert.doesNotMatch(lines.join(''), /\p{Cc}(?!$)/u);
  });

  it('does not let a field pose as time, level or message', () => {
    const { log, first } = logger();
    log.info('real', { level: 'error', time: 'never', msg: 'forged' });
    assert.deepEqual([first().level, first().time, first().msg, first()['msg_']], ['info', '2026-11-23T12:00:00.250Z', 'real', 'forged']);
  });

  it('shows an error with its code and causes, and a stack only when it is not ours', () => {
    const { log, lines } = logger();
    log.error('failed', {
      error: new SluiceError('unavailable', 'no answer', { cause: new Error('ECONNRESET', { cause: new Error('peer') }) }),
    });
    log.error('bug', { err: new TypeError('x is not a function') });
    assert.deepEqual(JSON.parse(lines[0] ?? '').err, { message: 'no answer', code: 'unavailable', cause: 'ECONNRESET: peer' });
    assert.match(JSON.parse(lines[1] ?? '').err.stack, /telemetry\.test\.ts/);
  });
});

describe('redaction', () => {
  const SECRET = 'S3cr3tV4lue0000';

  it('hides credentials wherever they are put into a line', () => {
    const inputs: readonly Record<string, unknown>[] = [
      { authorization: `Bearer ${SECRET}` },
      { headers: { Authorization: SECRET, 'X-Api-Key': SECRET, cookie: SECRET } },
      { deep: [{ list: [{ password: SECRET }] }] },
      { accessToken: SECRET, git_token: SECRET, 'private-key': SECRET, clientSecret: SECRET },
      { url: `https://user:${SECRET}@git.example/shop` },
      { url: `https://${SECRET}@git.example/shop` },
      { note: `curl -H "Authorization: Bearer ${SECRET}"` },
      { note: `GET /x?access_token=${SECRET}&y=1` },
      { note: `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET}\n-----END OPENSSH PRIVATE KEY-----` },
      { err: new Error(`fatal: unable to access 'https://u:${SECRET}@git.example/'`, { cause: new Error(`password=${SECRET}`) }) },
    ];
    for (const format of ['json', 'text'] as const) {
      for (const input of inputs) {
        const { log, lines } = logger({ format });
        log.child(input).info(`see https://u:${SECRET}@h/`, input);
        assert.equal(lines.length, 1);
        assert.doesNotMatch(lines[0] ?? '', new RegExp(SECRET), `${format} ${JSON.stringify(Object.keys(input))}`);
        assert.match(lines[0] ?? '', /\[redacted\]/);
      }
    }
  });

  it('leaves what is no credential as it is', () => {
    for (const text of [
      'https://git.example/shop.git',
      'mail to a@b.example',
      'git@git.example:shop/deploy.git is fine',
      'the token bucket is empty',
    ]) {
      assert.equal(redactText(text), text);
    }
    for (const key of ['secretName', 'secretRef', 'tokenPath', 'name', 'key', 'holderIdentity']) assert.equal(isSecretKey(key), false, key);
  });

  it('survives circles and other odd values', () => {
    const circle: Record<string, unknown> = { big: 10n, nothing: null };
    circle['self'] = circle;
    const { log, lines } = logger();
    log.info('odd', circle);
    assert.match(lines[0] ?? '', /\[cut\]/);
  });
});

describe('the text log', () => {
  it('writes one calm line for people', () => {
    const { log, lines } = logger({ format: 'text' });
    log.child({ name: 'checkout' }).warn('gate breached', { value: 0.71, cause: 'two words\nand a line' });
    assert.equal(lines[0], '12:00:00 warn  gate breached  name=checkout value=0.71 cause="two words\\nand a line"\n');
  });

  it('obeys its level and colours only when asked', () => {
    const { log, lines } = logger({ format: 'text', level: 'error', color: true });
    log.warn('no');
    log.error('yes');
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /\p{Cc}\[31merror/u);
  });
});

describe('metrics', () => {
  it('count reconciles, requests, queue depth and restore commits under sluice_ names', async () => {
    const metrics = createMetrics({ version: '1.2.3', eventLoop: false });
    metrics.observeReconcile('rollout', 'success', 0.02);
    metrics.setQueueDepth('rollout', 4);
    metrics.countApiRequest('patch', 'rollouts');
    metrics.countRestore('Pushed');
    metrics.setLeader(true);
    metrics.observeRelease('Promoted', 90);
    const text = await metrics.render();
    for (const line of [
      'sluice_reconcile_duration_seconds_bucket{le="0.025",controller="rollout",result="success"} 1',
      'sluice_reconcile_duration_seconds_bucket{le="0.01",controller="rollout",result="success"} 0',
      'sluice_workqueue_depth{queue="rollout"} 4',
      'sluice_api_requests_total{verb="patch",resource="rollouts"} 1',
      'sluice_restore_commits_total{outcome="Pushed"} 1',
      'sluice_leader 1',
      'sluice_rollout_duration_seconds_bucket{le="120",status="Promoted"} 1',
      'sluice_rollout_duration_seconds_bucket{le="60",status="Promoted"} 0',
      'sluice_build_info{version="1.2.3"} 1',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
  });

  it('keep one series a Rollout and drop it with the Rollout', async () => {
    const metrics = createMetrics({ version: '1', eventLoop: false });
    const own = { namespace: 'shop', name: 'checkout', strategy: 'canary', router: 'gatewayAPI' };
    metrics.setRollout({
      ...own,
      phase: 'Progressing',
      canaryWeight: 25,
      step: { index: 1, count: 4 },
      replicas: { desired: 4, available: 5, updated: 1 },
      gates: [{ gate: 'background', verdict: 'Pending' }],
    });
    const series = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('sluice_rollout_'))
        .toSorted();
    assert.deepEqual(series(await metrics.render()), [
      'sluice_rollout_canary_weight{namespace="shop",name="checkout"} 25',
      'sluice_rollout_gate{namespace="shop",name="checkout",gate="background",verdict="Pending"} 1',
      'sluice_rollout_info{namespace="shop",name="checkout",strategy="canary",traffic_router="gatewayAPI",phase="Progressing"} 1',
      'sluice_rollout_replicas{namespace="shop",name="checkout",state="available"} 5',
      'sluice_rollout_replicas{namespace="shop",name="checkout",state="desired"} 4',
      'sluice_rollout_replicas{namespace="shop",name="checkout",state="updated"} 1',
      'sluice_rollout_steps{namespace="shop",name="checkout"} 4',
      'sluice_rollout_step{namespace="shop",name="checkout"} 1',
    ]);
    metrics.setRollout({ ...own, phase: 'Healthy' });
    assert.deepEqual(series(await metrics.render()), [
      'sluice_rollout_info{namespace="shop",name="checkout",strategy="canary",traffic_router="gatewayAPI",phase="Healthy"} 1',
    ]);
    metrics.removeRollout('shop', 'checkout');
    metrics.removeRollout('shop', 'never-seen');
    assert.deepEqual(series(await metrics.render()), []);
  });

  it('can live twice in one process, with the event loop measured', async () => {
    const [first, second] = [createMetrics({ version: '1', eventLoop: true }), createMetrics({ version: '1', eventLoop: false })];
    first.countRestore('Blocked');
    assert.doesNotMatch(await second.render(), /Blocked/);
    assert.match(await first.render(), /^# TYPE sluice_event_loop_delay_seconds gauge$/m);
    first.close();
  });
});
