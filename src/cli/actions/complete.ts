import type { Command } from 'commander';
import { ANALYSIS_RUN, NAMESPACE, ROLLOUT } from '../../api/kinds.ts';
import { millis } from '../../api/time.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { CliContext } from '../context.ts';
import { deadlineSignal } from '../follow.ts';
import { listAll } from '../model/read-rollout.ts';
import { kindOf } from '../target.ts';

/** A completion that takes longer is worse than none. */
const PATIENCE = millis(2000);
const NAME = /^[a-z0-9][a-z0-9.-]*$/u;

/** Candidates for the last of `words`: commands, flags, kinds, names from the cluster. Never fails: no candidates instead. */
export async function completeWords(context: CliContext, root: Command, words: readonly string[]): Promise<readonly string[]> {
  const prefix = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const candidates = await candidatesFor(context, root, before, prefix);
  return candidates.filter((candidate) => candidate.startsWith(prefix)).toSorted();
}

async function candidatesFor(context: CliContext, root: Command, before: readonly string[], prefix: string): Promise<readonly string[]> {
  const { positional, flags } = readFlags(before);
  const last = before.at(-1);
  const command = root.commands.find((child) => child.name() === positional[0]);
  if (last === '-n' || last === '--namespace') return names(context, NAMESPACE, { ...flags, namespace: undefined });
  if (last === '-o' || last === '--output') return ['json', 'name', 'wide', 'yaml'];
  if (last === '--dry-run') return ['client', 'none', 'server'];
  if (last !== undefined && TAKES_VALUE.has(last)) return [];
  if (prefix.startsWith('-')) return flagNames(root, command);
  if (command === undefined) return root.commands.map((child) => child.name());
  return argumentsOf(context, command.name(), positional.slice(1), flags);
}

interface Flags {
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

const TAKES_VALUE: ReadonlySet<string> = new Set([
  '-n',
  '--namespace',
  '--context',
  '--kubeconfig',
  '-o',
  '--output',
  '--timeout',
  '-t',
  '--to-revision',
  '--dry-run',
  '-f',
  '--filename',
]);

function readFlags(words: readonly string[]): { positional: readonly string[]; flags: Flags } {
  const positional: string[] = [];
  const values = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [name = '', inline] = word.split('=', 2);
    if (!word.startsWith('-')) positional.push(word);
    else if (inline !== undefined) values.set(name, inline);
    else if (TAKES_VALUE.has(word)) {
      index += 1;
      values.set(word, words[index] ?? '');
    }
  }
  const flags = {
    namespace: values.get('-n') ?? values.get('--namespace'),
    context: values.get('--context'),
    kubeconfig: values.get('--kubeconfig'),
  };
  return { positional, flags };
}

function flagNames(root: Command, command: Command | undefined): readonly string[] {
  const options = [...root.options, ...(command?.options ?? [])];
  return ['--help', ...options.flatMap((option) => (option.long === undefined || option.long === null ? [] : [option.long]))];
}

async function argumentsOf(context: CliContext, command: string, given: readonly string[], flags: Flags): Promise<readonly string[]> {
  switch (command) {
    case 'get': {
      const kind = given[0] === undefined ? undefined : kindOf(given[0]);
      if (given.length === 0) return ['rollout', 'analysisrun'];
      if (given.length > 1 || kind === undefined) return [];
      return names(context, kind === 'rollout' ? ROLLOUT : ANALYSIS_RUN, flags);
    }
    case 'list':
      return given.length === 0 ? ['rollouts', 'analysisruns'] : [];
    case 'completion':
      return ['bash', 'zsh', 'fish', 'kubectl'];
    case 'version':
    case 'lint':
      return [];
    default:
      return given.length === 0 ? names(context, ROLLOUT, flags) : [];
  }
}

async function names(context: CliContext, kind: ResourceKind, flags: Flags): Promise<readonly string[]> {
  const deadline = deadlineSignal(context.clock, PATIENCE, context.signal);
  const late = new Promise<readonly string[]>((resolve) => deadline.signal.addEventListener('abort', () => resolve([]), { once: true }));
  const work = async (): Promise<readonly string[]> => {
    const connection = await context.connect({ context: flags.context, kubeconfig: flags.kubeconfig });
    try {
      const namespace = kind.namespaced ? (flags.namespace ?? connection.namespace) : undefined;
      const items = await listAll(connection.cluster, kind, { namespace, signal: deadline.signal });
      return items.map((item) => item.metadata.name).filter((name) => NAME.test(name));
    } finally {
      await connection.close();
    }
  };
  try {
    // Without a cluster there is nothing to offer; an error message would only garble the command line.
    return await Promise.race([work().catch(() => []), late]);
  } finally {
    deadline.dispose();
  }
}
