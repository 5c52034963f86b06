import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { ADDRESSES } from './run/addresses.ts';
import { tellLab } from './run/control-api.ts';
import { execInLab } from './run/exec-in-lab.ts';
import { defaultDirectory, labFiles } from './run/lab-files.ts';
import { findLab } from './run/lab-record.ts';
import { ALL_RUN_PARTS, withNeeds } from './run/run-parts.ts';
import { startLab } from './run/start-lab.ts';
import { stopLab } from './run/stop-lab.ts';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', () => process.exit(0));
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const program = new Command('lab')
  .description('A real Kubernetes with pods that answer, a gateway, Prometheus and Git, in namespaces of its own')
  .option('--dir <directory>', 'where the lab lies; two labs have two directories', defaultDirectory())
  .enablePositionalOptions();
const files = () => labFiles(path.resolve(String(program.opts()['dir'])));

async function up(words: readonly string[]): Promise<void> {
  const parts = withNeeds(words);
  if (parts === undefined) throw new Error(`no such part; the parts are ${ALL_RUN_PARTS.join(', ')}`);
  const { seconds } = await startLab(files(), parts, tell);
  tell(`up in ${seconds.toFixed(1)} s: ${parts.join(', ')}`);
  tell(`run commands inside with: node test/lab/lab.ts --dir ${files().directory} exec kubectl get pods -A`);
}

async function status(): Promise<void> {
  const lab = findLab(files());
  if (lab === undefined) {
    tell(`no lab runs in ${files().directory}`);
    process.exitCode = 1;
    return;
  }
  const { phase, message, parts } = await tellLab(files(), { do: 'status' });
  tell(`${phase}${message === '' ? '' : `: ${message}`}; first process ${lab.init}`);
  for (const { part, pid, ended } of parts) tell(`  ${part.padEnd(30)} ${pid === undefined ? `ended: ${ended}` : `runs as ${pid}`}`);
  for (const [name, address] of Object.entries(ADDRESSES)) tell(`  ${name.padEnd(30)} ${address}`);
}

async function logs(part: string): Promise<void> {
  const file = files().log(part);
  if (!existsSync(file)) throw new Error(`there is no ${file}; the parts are supervisor, ${ALL_RUN_PARTS.join(', ')}`);
  await pipeline(createReadStream(file), process.stdout, { end: false });
}

program
  .command('up')
  .argument(
    '[parts...]',
    `of ${ALL_RUN_PARTS.join(', ')}; what they need comes along; \`core\`, \`heavy\` and \`all\` name many, none means the core`,
  )
  .description('build what is missing and bring the parts up')
  .action(up);
program
  .command('down')
  .description('end the lab; no process, mount, namespace or file is left')
  .action(async () => tell((await stopLab(files())) ? 'down' : `no lab in ${files().directory}`));
program.command('status').description('what runs').action(status);
program
  .command('exec')
  .argument('<command...>')
  .passThroughOptions()
  .allowUnknownOption()
  .description('run a command inside: KUBECONFIG is set, the addresses of `status` are reachable')
  .action(async (command: string[]) => {
    process.exitCode = await execInLab(files(), command);
  });
program.command('logs').argument('<part>').description("print a part's log; `supervisor` has one too").action(logs);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
