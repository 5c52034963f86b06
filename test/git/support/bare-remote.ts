import type { Repository } from '../../../src/ports/repository.ts';
import type { BareRepository } from './bare-repository.ts';
import type { ContractRemote } from './describe-repository-contract.ts';

/** A real repository as the contract wants it: read and written by `repository`, and by people directly. `close` ends what else was started for it. */
export function bareRemote(bare: BareRepository, repository: Repository, close: () => Promise<void> | void): ContractRemote {
  return {
    repository,
    commit: async (files, message) => bare.commit(files, message),
    rewind: async (oid) => {
      bare.git('update-ref', 'refs/heads/main', oid);
    },
    tip: () => bare.tip(),
    close: async () => {
      await close();
      bare.remove();
    },
  };
}
