import { millis, parseInstant } from '../../src/api/time.ts';
import type { ConnectOptions } from '../../src/cli/connect-options.ts';
import type { CliContext } from '../../src/cli/context.ts';
import '../../src/cli/actions/act.ts';
import '../../src/cli/actions/complete.ts';
import '../../src/cli/actions/completion-script.ts';
import '../../src/cli/actions/get.ts';
import '../../src/cli/actions/status.ts';
import '../../src/cli/actions/undo.ts';
import { runCli } from '../../src/cli/run.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { FakeCluster } from './fake-cluster.ts';

const NOW = '2026-11-23T12:00:00Z';

export interface RunOptions {
  readonly cluster?: FakeCluster;
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly files?: Readonly<Record<string, string>>;
  readonly connectFailure?: Error;
  /** Called with the clock while the command runs, for what happens later. */
  readonly meanwhile?: (clock: VirtualClock, interrupt: () => void) => void;
}

export interface RunResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly connected: number;
  /** With which flags it connected last. */
  readonly asked: ConnectOptions | undefined;
  readonly closed: number;
}

/** Runs the plugin in this process, in virtual time, until it ends or an hour has passed; `''` is an empty word. */
export async function run(words: string, options: RunOptions = {}): Promise<RunResult> {
  const clock = createVirtualClock(parseInstant(NOW)!);
  const interrupt = new AbortController();
  const printed = { out: '', err: '', connected: 0, closed: 0 };
  let asked: ConnectOptions | undefined;
  const context: CliContext = {
    connect: async (connectOptions) => {
      asked = connectOptions;
      printed.connected += 1;
      if (options.connectFailure !== undefined) throw options.connectFailure;
      return {
        cluster: options.cluster ?? new FakeCluster(),
        namespace: 'shop',
        close: async () => {
          printed.closed += 1;
        },
      };
    },
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    clock,
    random: createRandom(7),
    terminal: { outIsTerminal: options.terminal === true, errIsTerminal: options.terminal === true, env: options.env ?? {} },
    signal: interrupt.signal,
    readInput: async (path) => {
      const text = options.files?.[path];
      if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
      return text;
    },
  };
  let code: number | undefined;
  const running = runCli(
    words
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => (word === "''" ? '' : word)),
    context,
  ).then((value) => {
    code = value;
  });
  options.meanwhile?.(clock, () => interrupt.abort());
  // Loading a command's code takes real turns of the event loop, which virtual time must not run away from.
  for (let turn = 0; turn < 50 && printed.connected === 0; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const ended = await clock.runUntil(() => code !== undefined, millis(3_600_000));
  if (!ended) throw new Error(`"${words}" did not end within an hour of virtual time; it printed:\n${printed.out}${printed.err}`);
  await running;
  return { code: code ?? -1, asked, ...printed };
}
