import { connectCluster } from '../../src/cli/connect.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/run.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { createRandom } from '../../src/sim/clock/random.ts';

/** Longer than any command of these tests takes. */
const LIMIT = 30_000;

/** Runs the plugin in this process, over real sockets, by this kubeconfig. */
export async function runConnected(
  words: string,
  kubeconfig: string,
  clock: Clock,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const printed = { out: '', err: '' };
  const context: CliContext = {
    connect: (options) => connectCluster(options, clock),
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    clock,
    random: createRandom(1),
    terminal: { outIsTerminal: false, errIsTerminal: false, env: {} },
    signal: AbortSignal.timeout(LIMIT),
    readInput: () => Promise.reject(new Error('reads no file')),
  };
  const code = await runCli([...words.split(' '), '--kubeconfig', kubeconfig], context);
  return { code, ...printed };
}
