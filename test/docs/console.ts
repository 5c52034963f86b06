import '../../src/cli/actions/act.ts';
import '../../src/cli/actions/create-run.ts';
import '../../src/cli/actions/explain.ts';
import '../../src/cli/actions/get.ts';
import '../../src/cli/actions/history.ts';
import '../../src/cli/actions/list.ts';
import '../../src/cli/actions/retry-run.ts';
import '../../src/cli/actions/status.ts';
import '../../src/cli/actions/terminate.ts';
import { millis } from '../../src/api/time.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { runCli } from '../../src/cli/run.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import type { RbacStage } from '../chart/rbac-stage.ts';
import { splitWords } from './shell-commands.ts';

/** Runs one line of the plugin against the stage, in virtual time; answers what a terminal shows. */
export async function runLine(stage: RbacStage, line: string): Promise<string> {
  const [kubectl, sluice, ...words] = splitWords(line);
  if (kubectl !== 'kubectl' || sluice !== 'sluice') throw new Error(`only kubectl sluice is run here, not '${line}'`);
  let shown = '';
  const seen = { connected: false };
  const show = (text: string): void => void (shown += text);
  const context: CliContext = {
    connect: async () => {
      seen.connected = true;
      return { cluster: stage.admin, namespace: 'default', close: async () => undefined };
    },
    out: show,
    err: show,
    clock: stage.clock,
    random: createRandom(7),
    terminal: { outIsTerminal: false, errIsTerminal: false, env: {} },
    signal: new AbortController().signal,
    readInput: () => Promise.reject(new Error('there are no files here')),
  };
  let over = false;
  const running = runCli(words, context).finally(() => void (over = true));
  // A command's code loads in real turns of the event loop, which virtual time must not run away from.
  for (let turn = 0; turn < 50 && !seen.connected; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  if (!(await stage.clock.runUntil(() => over, millis(600_000)))) throw new Error(`'${line}' did not end; it showed:\n${shown}`);
  await running;
  return shown;
}

/** A console block run line by line: each prompt with what it shows. */
export async function replay(stage: RbacStage, text: string): Promise<string> {
  let replayed = '';
  for (const line of text.split('\n').filter((one) => one.startsWith('$ '))) {
    const shown = await runLine(stage, line.slice(2));
    replayed += `${line}\n${shown.replaceAll(/[ \t]+$/gm, '')}`;
  }
  return replayed;
}
