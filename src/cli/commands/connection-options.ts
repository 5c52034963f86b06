import { type Command, Option } from 'commander';
import { wrongUsage } from '../cli-error.ts';
import { collect } from './conventions.ts';

const FLAGS: readonly (readonly [flags: string, what: string])[] = [
  ['--cluster <name>', 'cluster of the kubeconfig, in place of the one of the context'],
  ['--user <name>', 'user of the kubeconfig, in place of the one of the context'],
  ['--as <user>', 'act as this user, or system:serviceaccount:NAMESPACE:NAME'],
  ['--as-group <group>', 'act as a member of this group; repeat it for several'],
  ['--as-uid <uid>', 'act as the user with this uid'],
  ['-s, --server <url>', 'address of the API server'],
  ['--certificate-authority <file>', 'certificate of the authority that the server is trusted by'],
  ['--insecure-skip-tls-verify', 'do not check the certificate of the server: anybody may be it'],
  ['--tls-server-name <name>', 'name that the certificate of the server has to hold'],
  ['--client-certificate <file>', 'certificate to log in with'],
  ['--client-key <file>', 'its key'],
  ['--request-timeout <duration>', 'give up a request after this long (10s); 0 waits without end; 30s when absent'],
];

/** kubectl's flags that carry a credential itself: every process of the machine may read the words of another. */
const SECRETS = ['--token', '--password'];

/** The last line of a command's help. */
export const CONNECTION_HINT = '\nkubectl sluice --help lists more flags that say where to connect and as whom.';

/** Adds the flags that say which cluster is meant, and as whom; the help of the program tells the rare ones apart from the rest. */
export function addConnectionOptions(program: Command): Command {
  program.option('--context <name>', 'context of the kubeconfig').option('--kubeconfig <file>', 'kubeconfig to use');
  for (const [flags, what] of FLAGS) {
    const option = new Option(flags, what).hideHelp();
    program.addOption(flags.startsWith('--as-group') ? option.argParser(collect) : option);
  }
  for (const flag of SECRETS) program.addOption(new Option(`${flag} <secret>`).hideHelp().argParser(() => refuseSecret(flag)));
  const longest = Math.max(...FLAGS.map(([flags]) => flags.length));
  const lines = FLAGS.map(([flags, what]) => `  ${flags.padEnd(longest)}  ${what}`);
  return program.addHelpText('after', `\nWhere to connect and as whom, as with kubectl:\n${lines.join('\n')}`);
}

/** Whether an option is there to be refused. */
export function isRefusedOption({ long }: Option): boolean {
  return SECRETS.some((flag) => flag === long);
}

function refuseSecret(flag: string): never {
  throw wrongUsage(
    `${flag} is not taken: other programs of this machine can read what stands on a command line`,
    'put it into a kubeconfig (users[].user.token or tokenFile) and name that with --kubeconfig or --user',
  );
}
