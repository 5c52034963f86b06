import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { Command } from 'commander';
import { z } from 'zod';
import { buildSluiceProgram } from '../../src/app/sluice-program.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { settingsTable } from '../../src/config/settings-table.ts';
import { lintDocuments } from '../../src/core/lint/lint-documents.ts';
import { runTool } from '../support/kubectl.ts';
import { blocksOf, ROOT, readBlocks, readPages } from './markdown.ts';
import { shellCommands, splitWords } from './shell-commands.ts';

const PAGES = readPages();
const LANGUAGES = ['yaml', 'sh', 'console', 'text', ''];
/** Programs that pages may ask for beside our own. */
const OTHER_PROGRAMS = ['docker', 'git', 'install'];

function unused(): never {
  throw new Error('nothing is run here');
}

/** The plugin's grammar, with commands that do nothing. */
function parserOf(): Command {
  const context: CliContext = {
    connect: unused,
    out: () => undefined,
    err: () => undefined,
    clock: { now: unused, monotonic: unused, startTimer: unused },
    random: unused,
    terminal: { outIsTerminal: false, errIsTerminal: false, env: {} },
    signal: new AbortController().signal,
    readInput: unused,
  };
  const program = buildProgram(context);
  for (const command of program.commands) command.action(() => undefined);
  return program;
}

/** The main program's grammar, with commands that do nothing. */
function mainParserOf(): Command {
  const program = buildSluiceProgram({
    out: () => undefined,
    err: () => undefined,
    clock: { now: unused, monotonic: unused, startTimer: unused },
    random: unused,
    environment: {},
    color: false,
    signal: new AbortController().signal,
    readInput: unused,
    exitWith: unused,
  });
  for (const command of program.commands) command.action(() => undefined);
  return program;
}

async function checkMain(words: readonly string[], where: string): Promise<void> {
  assert.ok(words.length > 0, where);
  await assert.doesNotReject(mainParserOf().parseAsync([...words], { from: 'user' }), where);
}

async function checkPlugin(words: readonly string[], where: string): Promise<void> {
  assert.ok(words.length > 0, where);
  await assert.doesNotReject(parserOf().parseAsync([...words], { from: 'user' }), where);
}

async function checkScript(words: readonly string[], where: string): Promise<void> {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  const [command = '', script = ''] = words;
  if (['ci', 'install'].includes(command)) return;
  assert.ok(Object.hasOwn(scripts, command === 'run' ? script : command), where);
  const flags = words.includes('--') ? words.slice(words.indexOf('--') + 1) : [];
  if (script === 'demo') await checkMain(['demo', ...flags], where);
}

/** `helm template` takes what `helm install` and `helm upgrade` take, and needs no cluster. */
async function checkHelm(words: readonly string[], where: string): Promise<void> {
  const [command = '', ...rest] = words;
  if (command === 'uninstall') return;
  assert.ok(['install', 'upgrade', 'template'].includes(command), where);
  const args = rest.filter((word) => !['--create-namespace', '--reuse-values', '--install'].includes(word));
  const { code, stderr } = await runTool('helm', [
    'template',
    ...args.map((word) => (word.startsWith('charts/') ? join(ROOT, word) : word)),
  ]);
  assert.equal(code, 0, `${where}: ${stderr}`);
}

async function checkCommand(words: readonly string[], where: string): Promise<void> {
  const [program = '', ...rest] = words;
  if (program === 'npm') return checkScript(rest, where);
  if (program === 'sluice') return checkMain(rest, where);
  if (program === 'helm') return checkHelm(rest, where);
  if (program !== 'kubectl') return assert.ok(OTHER_PROGRAMS.includes(program), `${where}: is ${program} a program that people have?`);
  if (rest[0] === 'sluice') return checkPlugin(rest.slice(1), where);
  // kubectl tells an unknown command or flag from an unreachable cluster.
  const flags = ['--server=http://127.0.0.1:1', '--request-timeout=1s'];
  const { stderr } = await runTool('kubectl', [...rest, ...flags], { env: { KUBECONFIG: join(ROOT, 'no-kubeconfig') } });
  assert.doesNotMatch(stderr, /unknown (command|flag|shorthand)|invalid argument|requires at least|exactly one/i, where);
}

describe('the pages', () => {
  it('are found, and their blocks name a language that is looked at', () => {
    assert.deepEqual(
      PAGES.map((page) => page.path).filter((path) => ['README.md', 'docs/concepts.md', 'docs/install.md', 'docs/steer.md'].includes(path)),
      ['README.md', 'docs/concepts.md', 'docs/install.md', 'docs/steer.md'],
    );
    for (const page of PAGES)
      for (const block of page.blocks) assert.ok(LANGUAGES.includes(block.language), `${page.path}:${block.line}: ${block.language}`);
    assert.ok(PAGES.flatMap((page) => page.blocks).length > 20);
  });

  for (const page of PAGES) {
    describe(page.path, () => {
      it('shows only manifests that lint finds nothing wrong with', () => {
        for (const block of blocksOf(page, 'yaml')) {
          const documents = lintDocuments(block.text);
          assert.ok(documents.length > 0, `${page.path}:${block.line} is empty`);
          for (const { problems, unsupported } of documents)
            assert.deepEqual([...problems, ...unsupported], [], `${page.path}:${block.line}`);
        }
      });

      it('tells only commands that exist, with flags that exist', async () => {
        for (const { words, where } of shellCommands(page)) await checkCommand(words, where);
      });

      it('names only verbs of the plugin in its text', () => {
        const verbs = parserOf().commands.map((command) => command.name());
        for (const [, list = ''] of page.text.matchAll(/`kubectl sluice ([a-z][a-z|-]*)/g)) {
          for (const verb of list.split('|')) assert.ok(verbs.includes(verb), `kubectl sluice ${verb}`);
        }
      });

      it('names only scripts and programs of ours in its text that exist', async () => {
        const withoutBlocks = page.text.replaceAll(/```[\s\S]*?```/g, '');
        for (const [, line = ''] of withoutBlocks.matchAll(/`((?:npm run|sluice) [a-z][^`]*)`/g))
          await checkCommand(splitWords(line), line);
      });

      it('links only to files that are there', () => {
        const withoutBlocks = page.text.replaceAll(/```[\s\S]*?```/g, '');
        for (const [, target = ''] of withoutBlocks.matchAll(/\]\(([^)]+)\)/g)) {
          if (/^[a-z]+:/.test(target)) continue;
          const [file = '', anchor] = target.split('#');
          const path = file === '' ? join(ROOT, page.path) : join(ROOT, dirname(page.path), file);
          assert.ok(existsSync(path), `${page.path} links to ${target}`);
          if (anchor !== undefined) assert.ok(anchorsOf(readFileSync(path, 'utf8')).includes(anchor), `${page.path} links to ${target}`);
        }
      });

      it('says nothing of the machine that it was written on', () => {
        assert.doesNotMatch(page.text, /(?<![\w.])\/(?:work|root|home|tmp|Users)\b|\bTODO\b|\bFIXME\b/);
      });
    });
  }
});

function anchorsOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the README', () => {
  it('holds the table of settings as the code gives it', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    assert.ok(readme.includes(`\n${settingsTable()}`), `replace the table in README.md by:\n\n${settingsTable()}`);
  });
});

describe('the notes of the chart', () => {
  it('tell only commands that exist', async () => {
    const notes = readFileSync(join(ROOT, 'charts/sluice/templates/NOTES.txt'), 'utf8');
    const commands = Array.from(notes.matchAll(/^ {3}(kubectl .*)$/gm), ([, line = '']) => line.replaceAll(/\{\{[^}]*\}\}/g, 'x'));
    assert.equal(commands.length, 3);
    for (const line of commands) for (const part of line.split(' && ')) await checkCommand(splitWords(part), `NOTES.txt: ${part}`);
  });
});

describe('the checks of pages', () => {
  it('find commands, verbs and flags that do not exist', async () => {
    const wrong = [
      'kubectl sluice promot checkout',
      'kubectl sluice promote checkout --ful',
      'npm run nothing',
      'kubectl gett pods',
      'helm install x charts/sluice --set replica=1',
      'npm run demo -- --held',
      'sluice demmo',
      'sluise demo',
    ];
    for (const line of wrong) await assert.rejects(checkCommand(splitWords(line), line), (error) => error instanceof Error, line);
  });

  it('read blocks, prompts, continuations and quotes', () => {
    const text = "# A\n```console\n$ helm install a \\\n  --set 'b={c}' && npm test # d\nout\n```\n";
    const [block] = readBlocks(text);
    assert.deepEqual(block && { ...block, text: '' }, { language: 'console', text: '', line: 2, heading: 'A' });
    const words = shellCommands({ path: 'x', text, blocks: readBlocks(text) }).map((command) => command.words);
    assert.deepEqual(words, [
      ['helm', 'install', 'a', '--set', 'b={c}'],
      ['npm', 'test'],
    ]);
    assert.throws(() => readBlocks('```sh\n'));
  });
});
