import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { instant } from '../../src/api/time.ts';
import { createSimRepositories } from '../../src/sim/repository/sim-repositories.ts';
import { bareRemote } from './support/bare-remote.ts';
import { createBareRepository } from './support/bare-repository.ts';
import { type ContractRemote, describeRepositoryContract } from './support/describe-repository-contract.ts';
import { createGitLab } from './support/git-lab.ts';
import { realClock } from './support/real-clock.ts';
import { type SmartHttp, serveSmartHttp } from './support/smart-http.ts';

async function gitOverFile(): Promise<ContractRemote> {
  const bare = createBareRepository();
  const lab = createGitLab();
  return bareRemote(bare, lab.repositories.open({ url: bare.url, credential: { type: 'none' } }), lab.remove);
}

async function gitOverHttp(): Promise<ContractRemote> {
  const bare = createBareRepository();
  const lab = createGitLab();
  const server: SmartHttp = await serveSmartHttp({ directory: bare.directory });
  return bareRemote(bare, lab.repositories.open({ url: server.url, credential: { type: 'none' } }), async () => {
    await server.close();
    lab.remove();
  });
}

async function simulated(): Promise<ContractRemote> {
  const repositories = createSimRepositories({ clock: realClock });
  const url = 'https://git.example.com/shop';
  const remote = repositories.remote(url);
  let count = 0;
  return {
    repository: repositories.open({ url, credential: { type: 'none' } }),
    commit: async (files, message) => remote.commit('main', files, message, instant((1_700_000_000 + (count += 1) * 60) * 1000)),
    rewind: async (oid) => {
      remote.branches.set('main', oid);
    },
    tip: () => remote.branches.get('main') ?? '',
    close: async () => {},
  };
}

const AUTHOR = { name: 'Sluice', email: 'sluice@example.com' };
const DATE = instant(1_700_000_100_000);

describeRepositoryContract('the git binary over file', gitOverFile);
describeRepositoryContract('the git binary over smart HTTP', gitOverHttp);
describeRepositoryContract('the simulated repository', simulated);

describe('the two repository adapters', () => {
  const bare = createBareRepository();
  const lab = createGitLab();
  after(() => {
    bare.remove();
    lab.remove();
  });

  it('give one commit the same object id', async () => {
    const simulatedRepositories = createSimRepositories({ clock: realClock });
    const sim = simulatedRepositories.remote('https://git.example.com/x');
    const files = { 'b/a.yaml': 'x', 'b.yaml': 'y', 'b-c/z': 'ü', a: '1' };
    const date = 1_700_000_000;
    assert.equal(sim.commit('main', files, 'first', instant(date * 1000)), bare.commit(files, 'first', { date }));
    const request = {
      parent: bare.tip(),
      changes: new Map([
        ['b/new.yaml', { content: 'n\n' }],
        ['a', null],
      ]),
      author: AUTHOR,
      date: DATE,
      message: 'Restore ü\n\nx: y\n',
    };
    const real = lab.repositories.open({ url: bare.url, credential: { type: 'none' } });
    await real.fetch('main');
    assert.equal(
      await simulatedRepositories.open({ url: 'https://git.example.com/x', credential: { type: 'none' } }).buildCommit(request),
      await real.buildCommit(request),
    );
  });
});
