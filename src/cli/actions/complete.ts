import type { Command, Option } from 'commander';
import { ANALYSIS_PHASES } from '../../api/analysis-status.ts';
import { ANALYSIS_RUN, ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE, NAMESPACE, ROLLOUT } from '../../api/kinds.ts';
import { PHASES } from '../../api/rollout-status.ts';
import { millis } from '../../api/time.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { type Line, optionNamed, optionsOf, readLine, splitFlag, type Values } from '../command-line.ts';
import { isRefusedOption } from '../commands/connection-options.ts';
import { type ConnectionFlags, connectOptions } from '../connect-options.ts';
import type { CliContext } from '../context.ts';
import { deadlineSignal } from '../follow.ts';
import { listObjects } from '../model/read-rollout.ts';
import { type KindWord, kindOf } from '../target.ts';

/** A completion that takes longer is worse than none. */
const PATIENCE = millis(2000);
const NAME = /^[a-z0-9][a-z0-9.-]*$/u;

/** What may stand in a place. */
export interface Completion {
  readonly candidates: readonly string[];
  /** Names of files, which the shell knows itself. */
  readonly files: boolean;
}

/** What the last of `words` may become: commands, flags, kinds, names from the cluster, files. Never fails: no candidates instead. */
export async function completeWords(context: CliContext, root: Command, words: readonly string[]): Promise<Completion> {
  const line = readLine(root, words.slice(0, -1));
  const last = words.at(-1) ?? '';
  // Bash hands `--output=` over as two words.
  const prefix = line.open !== undefined && last === '=' ? '' : last;
  const [flag, inline] = splitFlag(prefix);
  const option = line.open ?? (inline === undefined ? undefined : optionNamed(root, line.command, flag));
  const files = option !== undefined && /<file/u.test(option.flags);
  const candidates = await candidatesFor(context, root, line, prefix);
  return { candidates: candidates.filter((candidate) => candidate.startsWith(prefix)).toSorted(), files };
}

async function candidatesFor(context: CliContext, root: Command, line: Line, prefix: string): Promise<readonly string[]> {
  const { command, open } = line;
  // Behind an option that takes more values, the next flag may stand too.
  if (open !== undefined && !(open.variadic && prefix.startsWith('-'))) return valuesOf(context, open, line.values);
  const [flag, inline] = splitFlag(prefix);
  const option = optionNamed(root, command, flag);
  if (option !== undefined && inline !== undefined)
    return (await valuesOf(context, option, line.values)).map((value) => `${flag}=${value}`);
  if (prefix.startsWith('-'))
    return ['--help', ...optionsOf(root, command).flatMap((option) => (isRefusedOption(option) ? [] : (option.long ?? [])))];
  const commands = root.createHelp().visibleCommands(root);
  if (command === undefined) return line.words.length === 0 || line.words[0] === 'help' ? commands.map((child) => child.name()) : [];
  return argumentsOf(context, command, line.words.slice(1), line.values);
}

const FORMATS = ['json', 'name', 'wide', 'yaml'];

async function valuesOf(context: CliContext, option: Option, values: Values): Promise<readonly string[]> {
  switch (option.attributeName()) {
    case 'namespace':
      return names(context, NAMESPACE, values);
    case 'output':
      // Those that the help of this command names.
      return FORMATS.filter((format) => option.description.includes(format));
    case 'dryRun':
      return ['client', 'none', 'server'];
    case 'rollout':
      return names(context, ROLLOUT, values);
    case 'phase':
      return [...PHASES, ...ANALYSIS_PHASES];
    case 'template':
    case 'fromTemplate':
      return names(context, values.has('global') ? CLUSTER_ANALYSIS_TEMPLATE : ANALYSIS_TEMPLATE, values);
    default:
      return [];
  }
}

/** Commands whose first word is not a rollout: what it may be, and whose names come after it. */
const FIRST_WORDS: ReadonlyMap<string, { readonly words: readonly string[]; readonly namesOf?: ResourceKind }> = new Map([
  ['list', { words: ['rollouts', 'analysisruns', 'all'] }],
  ['terminate', { words: ['analysisrun'], namesOf: ANALYSIS_RUN }],
  ['create', { words: ['analysisrun'] }],
  ['set', { words: ['image'], namesOf: ROLLOUT }],
  ['completion', { words: ['bash', 'zsh', 'fish', 'kubectl'] }],
]);

const KINDS: Readonly<Record<KindWord, ResourceKind>> = { rollout: ROLLOUT, analysisrun: ANALYSIS_RUN };

async function argumentsOf(context: CliContext, command: Command, given: readonly string[], values: Values): Promise<readonly string[]> {
  const [kindWord, ...others] = given;
  const takesRollout = command.registeredArguments[0]?.name() === 'rollout';
  if (command.name() === 'get' || takesRollout) {
    if (kindWord === undefined) return takesRollout ? names(context, ROLLOUT, values) : ['rollout', 'analysisrun', 'all'];
    const kind = kindOf(kindWord);
    return others.length > 0 || kind === undefined ? [] : names(context, KINDS[kind], values);
  }
  const first = FIRST_WORDS.get(command.name());
  if (kindWord === undefined) return first?.words ?? [];
  return others.length === 0 && first?.namesOf !== undefined ? names(context, first.namesOf, values) : [];
}

/** The flags that say where to connect, as far as the words hold them already. */
function connectionFlags(values: Values): ConnectionFlags {
  const { asGroup, insecureSkipTlsVerify, ...texts } = Object.fromEntries(values);
  const lasts = Object.entries(texts).map(([name, all]) => [name, all.at(-1)]);
  return { ...Object.fromEntries(lasts), asGroup, insecureSkipTlsVerify: insecureSkipTlsVerify === undefined ? undefined : true };
}

async function names(context: CliContext, kind: ResourceKind, values: Values): Promise<readonly string[]> {
  const deadline = deadlineSignal(context.clock, PATIENCE, context.signal);
  const late = new Promise<readonly string[]>((resolve) => deadline.signal.addEventListener('abort', () => resolve([]), { once: true }));
  const work = async (): Promise<readonly string[]> => {
    const connection = await context.connect(connectOptions(connectionFlags(values)));
    try {
      const namespace = kind.namespaced ? (values.get('namespace')?.at(-1) ?? connection.namespace) : undefined;
      const items = await listObjects(connection.cluster, kind, { namespace, signal: deadline.signal });
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
