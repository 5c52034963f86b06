import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { isSluiceError } from '../../../src/ports/errors.ts';
import { SecretValue } from '../../../src/ports/secret.ts';
import { createGitLab, type GitLab } from '../../git/support/git-lab.ts';
import { breachAndRestore } from './support/breach-and-restore.ts';
import { bringPartsOf } from './support/bring-parts.ts';
import { type ControllerProcess, startController } from './support/controller-process.ts';
import { createForgeProject, type ForgeProject } from './support/forge.ts';
import { type Release, releaseFiles } from './support/shop.ts';
import { createShopStage, type ShopStage } from './support/shop-stage.ts';
import { untilBadIsSilent } from './support/stage-loads.ts';
import { theLab } from './support/the-lab.ts';
import { until } from './support/until.ts';

const lab = theLab();
const GOOD: Release = { tag: '1', errorRate: 0, paymentTimeout: '2s' };
const BAD: Release = { tag: '2', errorRate: 0.5, paymentTimeout: '20ms' };
const WORSE: Release = { tag: '3', errorRate: 0.6, paymentTimeout: '10ms' };

describe('a real forge', () => {
  let takeDown: () => Promise<void>;
  let project: ForgeProject;
  let cache: GitLab;
  let stage: ShopStage;
  let controller: ControllerProcess;
  let good = '';
  before(async () => {
    takeDown = await bringPartsOf(lab, 'gitea');
    project = await createForgeProject(lab, 'shop');
    cache = createGitLab({ allowLocal: false });
    stage = await createShopStage(lab, 'gitea', GOOD, { remote: project.remote });
    controller = startController(lab, stage.installation.kubeconfig, 'controller-gitea');
  });
  after(async () => {
    await stage.close();
    await controller.stop();
    await project.close();
    cache.remove();
    await takeDown();
  });

  it('lets the bot in with its token, and nobody without one', async () => {
    const { url, credential } = project.remote;
    const open = (password: string) =>
      cache.repositories.open({ url, credential: { type: 'basic', username: project.bot, password: new SecretValue(password) } });
    const [tip] = await project.remote.log();
    // The clone trusts the lab's certificate by the environment of the tests.
    assert.equal(await open(credential['password'] ?? '').latest('main'), tip?.oid);
    await assert.rejects(
      open('wrong').latest('main'),
      (error) => isSluiceError(error, 'forbidden') && error.details['git'] === 'Authentication',
    );
  });

  it('tells of a push at once, in a call that it signs', async (test) => {
    const secret = 'lab-only-hook';
    const calls: { readonly event: unknown; readonly signed: boolean; readonly after: unknown }[] = [];
    const server = createServer((incoming, response) => {
      void text(incoming).then((body) => {
        const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
        const pushed: unknown = JSON.parse(body);
        const signed = incoming.headers['x-hub-signature-256'] === signature;
        calls.push({ event: incoming.headers['x-gitea-event'], signed, after: Reflect.get(Object(pushed), 'after') });
        response.end();
      });
    }).listen(0, '127.0.0.1');
    test.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    await project.hook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, secret);
    const commit = await project.remote.push('a note', { 'NOTES.md': 'x\n' });
    // The forge works pushes off one by one, and asks for their hooks only then: it may tell of the one before first.
    const seen = await until(
      'the forge tells of this push',
      () => calls.find((call) => call.after === commit),
      30,
      () => calls,
    );
    assert.deepEqual(seen, { event: 'push', signed: true, after: commit });
  });

  it('takes the restore commit of a bad release', async (test) => {
    await stage.untilHealthyWith(GOOD, 60);
    good = (await project.remote.log())[0]?.oid ?? '';
    stage.load.reset();
    test.diagnostic(await breachAndRestore(stage, { good, goodRelease: GOOD, bad: BAD, limit: 90 }));
  });

  it('refuses the push to a protected branch: the traffic is back, and status says what the forge said', async (test) => {
    await project.protect([project.person]);
    const bad = await project.remote.push('checkout 3', releaseFiles(WORSE));
    const { status } = await stage.untilRollout(
      'the restore is blocked',
      (rollout) => rollout.status?.rollback?.state === 'Blocked' && rollout.status.rollback.badCommit === bad,
      90,
    );
    const { reason, message } = status?.rollback ?? {};
    test.diagnostic(`${reason}: ${message}`);
    assert.equal(reason, 'PolicyRefused');
    assert.match(message ?? '', /protected branch/);
    await untilBadIsSilent(stage, WORSE);
    assert.equal((await project.remote.log())[0]?.oid, bad, 'the branch is as the person left it');
  });
});
