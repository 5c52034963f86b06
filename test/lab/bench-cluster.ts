import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { commandInside, inALab } from './run/in-a-lab.ts';
import { type RunPart, withNeeds } from './run/run-parts.ts';
import { wholeNumber } from './run/whole-number.ts';

const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const inside = (name: string): string => path.join(import.meta.dirname, 'bench', `${name}-inside.ts`);

interface Options {
  readonly pause: number;
  readonly floor: boolean;
  readonly breach: boolean;
  readonly profile?: string;
}

async function bench(count: number, { pause, floor, breach, profile }: Options): Promise<void> {
  const run = async (command: readonly string[], parts: readonly RunPart[] = ['kwok']): Promise<void> => {
    const code = await inALab({ parts: withNeeds(parts) ?? [], tell, work: commandInside([process.execPath, ...command]) });
    if (code !== 0) process.exitCode = code;
  };
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  const bundle = path.resolve(import.meta.dirname, '..', '..', 'dist', 'sluice.mjs');
  const profiles = profile === undefined ? [] : [path.resolve(profile)];
  await run([inside('releases'), String(count), String(pause), bundle, ...profiles]);
  if (floor) await run([inside('floor'), String(count), String(pause)]);
  if (breach) await run([inside('breach'), bundle], ['traefik', 'prometheus', 'git']);
}

await new Command('bench-cluster')
  .description('Releases many Rollouts at once on a real API server, and tells what that took; asserts nothing')
  .argument('[count]', 'how many Rollouts', wholeNumber(1, 1000), 200)
  .option('--pause <seconds>', 'of each of the four pauses', wholeNumber(1, 3600), 5)
  .option('--no-floor', 'leave out the second run, which scales the same pods with no controller')
  .option('--no-breach', 'leave out the third run: a bad release, and how long its weight and its restore commit take')
  .option('--profile <directory>', 'put a CPU profile of the controller there')
  .action(bench)
  .parseAsync();
