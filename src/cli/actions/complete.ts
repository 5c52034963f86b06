import type { Command } from 'commander';
import { ANALYSIS_PHASES } from '../../api/analysis-status.ts';
import { ANALYSIS_RUN, ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE, NAMESPACE, ROLLOUT } from '../../api/kinds.ts';
import { PHASES } from '../../api/rollout-status.ts';
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
  if (last === '--rollout') return names(context, ROLLOUT, flags);
  if (last === '--phase') return [...PHASES, ...ANALYSIS_PHASES];
  if (last === '--template' || last === '--from-template')
    return names(context, before.includes('--global') ? CLUSTER_ANALYSIS_TEMPLATE : ANALYSIS_TEMPLATE, flags);
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
  '--rollout',
  '--phase',
  '--template',
  '--name',
  '--generate-name',
  '--from-template',
  '--from-file',
  '--argument',
  '-a',
  '--instance',
  '--in',
  '-i',
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

/** Commands whose first word is not a rollout: what it may be, and whose names come after it. */
const FIRST_WORDS: ReadonlyMap<string, { readonly words: readonly string[]; readonly namesOf?: ResourceKind }> = new Map([
  ['list', { words: ['rollouts', 'analysisruns'] }],
  ['terminate', { words: ['analysisrun'], namesOf: ANALYSIS_RUN }],
  ['create', { words: ['analysisrun'] }],
  ['set', { words: ['image'], namesOf: ROLLOUT }],
  ['completion', { words: ['bash', 'zsh', 'fish', 'kubectl'] }],
  ['version', { words: [] }],
  ['lint', { words: [] }],
]);

async function argumentsOf(context: CliContext, command: string, given: readonly string[], flags: Flags): Promise<readonly string[]> {
  const [kindWord, ...others] = given;
  if (command === 'get') {
    const kind = kindWord === undefined ? undefined : kindOf(kindWord);
    if (kindWord === undefined) return ['rollout', 'analysisrun'];
    if (others.length > 0 || kind === undefined) return [];
    return names(context, kind === 'rollout' ? ROLLOUT : ANALYSIS_RUN, flags);
  }
  const first = FIRST_WORDS.get(command);
  if (first === undefined) return kindWord === undefined ? names(context, ROLLOUT, flags) : [];
  if (kindWord === undefined) return first.words;
  return others.length === 0 && first.namesOf !== undefined ? names(context, first.namesOf, flags) : [];
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
