import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { applyConventions } from '../../src/cli/commands/conventions.ts';
import { buildCrdsCommand } from '../../src/cli/commands/crds.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { runProgram } from '../../src/cli/run.ts';
import { VERSION } from '../../src/cli/version.ts';
import { type ErrorCode, SluiceError } from '../../src/ports/errors.ts';
import { shop } from './fixtures.ts';
import { assertGolden } from './golden-file.ts';
import { run } from './harness.ts';

const HELP_ONLY = { out: () => undefined, err: () => undefined };
const commands = buildProgram({ ...HELP_ONLY, ...notUsed() }).commands.map((command) => command.name());

function notUsed(): Omit<CliContext, 'out' | 'err'> {
  const never = () => assert.fail('help needs none of this');
  return {
    connect: never,
    clock: { now: never, monotonic: never, startTimer: never },
    random: never,
    terminal: { outIsTerminal: false, errIsTerminal: false, env: {} },
    signal: new AbortController().signal,
    readInput: never,
  };
}

describe('help', () => {
  it('shows the commands without a cluster', async () => {
    const result = await run('--help');
    assert.deepEqual([result.code, result.connected], [0, 0]);
    assertGolden('help', result.out);
    assert.equal((await run('')).out, result.out);
  });

  it('of every command has examples that the command understands', async () => {
    assert.ok(commands.length >= 13, 'no command was found to check');
    for (const command of commands) {
      const { out, code } = await run(`${command} --help`);
      assert.equal(code, 0);
      const examples = out.split('\nExamples:\n')[1]?.split('\n\n')[0]?.trimEnd().split('\n') ?? [];
      assert.ok(examples.length > 0, `${command} has no example`);
      for (const example of examples) {
        const words = /(?:kubectl sluice|kubectl-sluice) ([^#)>]*)/u.exec(example)?.[1]?.trim() ?? '';
        assert.ok(words.startsWith(command), `"${example}" is no example of ${command}`);
        const attempt = await run(`${words} --help`);
        assert.equal(attempt.code, 0, `${words}: ${attempt.err}`);
      }
      assert.equal((await run(`help ${command}`)).out, out);
    }
  });
});

describe('wrong usage', () => {
  const cases: readonly (readonly [words: string, line: RegExp])[] = [
    ['promot checkout', /^error: unknown command 'promot'; did you mean promote\?\n$/],
    ['help promot', /^error: unknown command 'promot'; did you mean promote\?\n$/],
    ['status checkout --watch=maybe', /^error: option '--watch'.*|^error: unknown option '--watch=maybe'/],
    ['get checkout', /^error: unknown resource "checkout"; use rollout or analysisrun, as in rollout\/checkout\n$/],
    ['promote checkout --ful', /^error: unknown option '--ful'; did you mean --full\?\n$/],
    ['promote', /^error: missing required argument 'rollout'; see kubectl sluice promote --help\n$/],
    ['promote a b c', /^error: unknown resource|^error: too many arguments/],
    ['pause Check_out', /^error: "Check_out" is not a valid name; names hold lower-case letters/],
    ['pause analysisrun/x', /^error: "analysisrun" is not a rollout/],
    ['terminate rollout/x', /^error: "rollout" is not an analysis run; this command works on analysisruns\n$/],
    ['terminate ar', /^error: a name is missing; give the name of one analysisrun\n$/],
    ['retry analysisrun/x y', /^error: too many arguments: "y"; name one object, as KIND\/NAME or KIND NAME\n$/],
    ['retry at/x', /^error: unknown resource "at"/],
    ['undo rollout/', /^error: "" is not a valid name/],
    ['get rolout checkout', /^error: unknown resource "rolout"; did you mean rollout\?\n$/],
    ['get rollout checkout -o jsn', /^error: unknown output format "jsn"; did you mean json\?\n$/],
    ['get rollout checkout -w -o json', /^error: -w cannot be shown as json/],
    ['get rollout checkout -l a=b', /^error: a name and a selector do not go together; leave one of them out\n$/],
    ['get all checkout', /^error: "all" and the name "checkout" do not go together; use get rollout checkout\n$/],
    ['get all -w', /^error: -w follows one kind; name rollouts or analysisruns\n$/],
    ['pause all/checkout', /^error: unknown resource "all"; use rollout or analysisrun/],
    ['get rollout checkout -A', /^error: a name cannot be asked for in all namespaces/],
    ['get rollout/checkout extra', /^error: too many arguments/],
    ['status checkout --timeout soon', /^error: "soon" is not a duration; write it as 30s/],
    ['pause checkout --timeout 0', /^error: "0" is not a duration to wait/],
    ['pause checkout --dry-run=maybe', /^error: unknown dry run "maybe"; use none, client or server\n$/],
    ['pause checkout -n ../x', /^error: "..\/x" is not a valid name/],
    ['undo checkout --to-revision first', /^error: "first" is not a revision/],
    ['completion tcsh', /^error: no completion for "tcsh"; use bash, zsh, fish or kubectl\n$/],
    ['version -o xml', /^error: unknown output format "xml"; use json or yaml\n$/],
    ['lint', /^error: required option '-f, --filename <file...>' not specified; see kubectl sluice lint --help\n$/],
    ['lint -f missing.yaml', /^error: cannot read "missing.yaml"/],
  ];
  for (const [words, line] of cases) {
    it(`exits 2 with one line: ${words}`, async () => {
      const result = await run(words, { cluster: shop() });
      assert.equal(result.code, 2, result.err);
      assert.match(result.err, line);
      assert.equal(result.err.trimEnd().split('\n').length, 1);
      assert.equal(result.out, '');
    });
  }
});

describe("kubectl's spellings", () => {
  it('of switches that are told their value mean the same', async () => {
    const on = (await run('list rollouts -A', { cluster: shop() })).out;
    for (const words of [
      'list rollouts -A=true',
      'list rollouts --all-namespaces=true',
      'list rollouts -A --watch=false',
      '-n=shop list ro -A -w=false',
    ])
      assert.deepEqual(await run(words, { cluster: shop() }).then(({ code, out, err }) => [code, out, err]), [0, on, ''], words);
    for (const words of ['status checkout -w=false', 'status checkout --no-watch', 'pause checkout --wait=false --dry-run=client'])
      assert.equal((await run(words, { cluster: shop() })).code, 0, words);
  });

  it('leave a value alone that reads like a switch', async () => {
    const { code, err } = await run('list rollouts -n=true', { cluster: shop() });
    assert.deepEqual([code, err], [0, 'no rollouts in namespace "true"\n']);
  });

  it('of a dry run take the mode beside the flag, after =, or not at all', async () => {
    const client = (await run('undo checkout --force --dry-run=client', { cluster: shop() })).out;
    assert.match(client, /"path": "\/spec\/template"/);
    assert.equal((await run('undo checkout --force --dry-run client', { cluster: shop() })).out, client);
    assert.match((await run('undo --force --dry-run checkout', { cluster: shop() })).out, /restored \(server dry run\)/);
  });
});

describe('errors', () => {
  it('exit 3 with one line when the cluster cannot be reached', async () => {
    const connectFailure = new SluiceError('unavailable', 'connect ECONNREFUSED 127.0.0.1:6443');
    for (const command of ['get rollout x', 'list rollouts', 'status x', 'pause x', 'undo x']) {
      const result = await run(command, { connectFailure });
      assert.deepEqual([result.code, result.out], [3, '']);
      assert.equal(result.err, 'error: connect ECONNREFUSED 127.0.0.1:6443; check the connection with: kubectl cluster-info\n');
    }
  });

  it('exit with the code that fits what the API server said', async () => {
    const codes: readonly (readonly [ErrorCode, number])[] = [
      ['unavailable', 3],
      ['timeout', 3],
      ['rate_limited', 3],
      ['forbidden', 1],
      ['conflict', 1],
      ['not_found', 1],
      ['spec_invalid', 1],
      ['invariant', 1],
    ];
    for (const [code, exit] of codes) {
      const cluster = shop();
      cluster.failure = new SluiceError(code, 'the server said \u001b[31mno\u001b[0m\nreally', { details: { status: 403 } });
      const result = await run('pause checkout', { cluster });
      assert.equal(result.code, exit, code);
      assert.match(result.err, /^error: the server said no really; [^\n]+\n$/);
      assert.equal(result.closed, 1, 'the connection is closed after a failure too');
    }
  });

  it('treat refused credentials as a cluster that is out of reach', async () => {
    const cluster = shop();
    cluster.failure = new SluiceError('forbidden', 'Unauthorized', { details: { status: 401 } });
    const result = await run('pause checkout', { cluster });
    assert.deepEqual([result.code, result.err], [3, 'error: Unauthorized; log in again, then check with: kubectl auth whoami\n']);
  });

  it('name the remedy when there is no such rollout, and exit 1', async () => {
    for (const command of ['get rollout nope', 'status nope', 'pause nope', 'undo nope']) {
      const result = await run(command, { cluster: shop() });
      assert.equal(result.code, 1);
      assert.equal(
        result.err,
        'error: rollout "nope" not found in namespace "shop"; kubectl sluice list rollouts -n shop shows what is there, -A looks in all namespaces\n',
      );
    }
  });
});

describe('version', () => {
  it('is that of package.json', () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    assert.equal(VERSION, manifest.version);
  });

  it('is printed for people and for scripts', async () => {
    assert.match((await run('version')).out, new RegExp(`^sluice ${VERSION} \\(node `));
    assert.equal(JSON.parse((await run('version -o json')).out).version, VERSION);
    assert.equal((await run('--version')).out, `${VERSION}\n`);
  });
});

describe('completion', () => {
  it('scripts parse in their shell', async () => {
    for (const shell of ['bash', 'kubectl']) {
      const { out, code } = await run(`completion ${shell}`);
      assert.equal(code, 0);
      execFileSync(shell === 'bash' ? 'bash' : 'sh', ['-n'], { input: out });
    }
    for (const shell of ['zsh', 'fish']) assert.match((await run(`completion ${shell}`)).out, /kubectl-sluice __complete/);
  });

  it('offers in bash what the program says, without the directive', async () => {
    const { out } = await run('completion bash');
    const script = `kubectl-sluice() { printf 'promote\\nresume\\n:4\\n'; }\n${out}\nCOMP_WORDS=(kubectl-sluice p); COMP_CWORD=1; _kubectl_sluice; echo "\${COMPREPLY[@]}"`;
    assert.equal(execFileSync('bash', ['-c', script], { encoding: 'utf8' }), 'promote resume\n');
  });

  it('leaves files to bash where the program says so', async () => {
    const { out } = await run('completion bash');
    const script = `compopt() { echo "$@"; }; kubectl-sluice() { printf '%s\\n' "$*" >&2; printf ':0\\n'; }\n${out}\nCOMP_WORDS=(kubectl-sluice lint -f ''); COMP_CWORD=3; _kubectl_sluice; echo "\${#COMPREPLY[@]}"`;
    assert.equal(execFileSync('bash', ['-c', script], { encoding: 'utf8' }), '-o default -o filenames\n0\n');
    for (const [shell, files] of [
      ['zsh', /== ":0" \]\]; then\n {4}_files\n/],
      ['fish', /contains -- ':0' \$lines\n {4}__fish_complete_path /],
    ] as const)
      assert.match((await run(`completion ${shell}`)).out, files);
  });

  for (const words of [
    "lint -f ''",
    'lint -f ro',
    "lint -f a.yaml ''",
    'lint -f a.yaml b',
    "lint -f - ''",
    'lint --filename=a',
    'lint --filename = a',
    "create ar --from-file ''",
    "get ro --kubeconfig ''",
  ]) {
    it(`offers the files of "${words}"`, async () => {
      assert.equal((await run(`__complete ${words}`, { cluster: shop() })).out, ':0\n');
    });
  }

  const offers: readonly (readonly [words: string, candidates: readonly string[]])[] = [
    ['explain c', ['checkout']],
    ['terminate an', ['analysisrun']],
    ['terminate ar c', ['checkout-7c9a4e2f1b-8-4-step']],
    ['create a', ['analysisrun']],
    ['set i', ['image']],
    ['set image c', ['checkout']],
    ['list ar --phase F', ['Failed']],
    ['list ar --rollout c', ['checkout']],
    ['pro', ['promote']],
    ['promote c', ['checkout']],
    ['promote check', ['checkout']],
    ['promote x', []],
    ['-n shop promote c', ['checkout']],
    ['get r', ['rollout']],
    ['get rollout c', ['checkout']],
    ['promote --f', ['--full']],
    ['promote --as', ['--as', '--as-group', '--as-uid']],
    ['promote --to', []],
    ['get rollout checkout -o j', ['json']],
    ['pause --dry-run s', ['server']],
    ['get ro checkout --output=j', ['--output=json']],
    ['history checkout -o w', ['wide']],
    ['history checkout -o j', []],
    ['explain checkout -o n', []],
    ['restart --in 2h c', ['checkout']],
    ['restart --in c', []],
    ['retry ar c', ['checkout-7c9a4e2f1b-8-4-step']],
    ['help sta', ['status']],
    ['he', ['help']],
    ['lint c', []],
    ['lint -f a.yaml -n sh', []],
    ['list ro -o = j', ['json']],
    ['list ro -o =', ['json', 'name', 'wide', 'yaml']],
    ['list a', ['all', 'analysisruns']],
    ['get a', ['all', 'analysisrun']],
    ['list ro --se', ['--selector', '--server']],
    ['get ro -l app=c', []],
    ['completion z', ['zsh']],
  ];
  for (const [words, candidates] of offers) {
    it(`completes "${words}"`, async () => {
      const result = await run(`__complete ${words}`, { cluster: shop() });
      assert.deepEqual([result.code, result.err, result.out], [0, '', [...candidates, ':4', ''].join('\n')]);
    });
  }

  it('stays silent when the cluster cannot be reached', async () => {
    const result = await run('__complete promote c', { connectFailure: new SluiceError('unavailable', 'down') });
    assert.deepEqual([result.code, result.out, result.err], [0, ':4\n', '']);
  });
});

describe('lint', () => {
  it('prints every problem with place, field and remedy, and exits 1', async () => {
    const text =
      'apiVersion: sluice.dev/v1alpha1\nkind: MetricProvider\nmetadata: {name: default}\nspec: {prometheus: {addres: http://x, timeout: soon}}\n';
    const result = await run('lint -f a.yaml', { files: { 'a.yaml': text } });
    assert.equal(result.code, 1);
    assert.match(result.out, /^a\.yaml:4: MetricProvider default: spec\.prometheus\.addres.*address/m);
    assert.match(result.out, /^a\.yaml:4: MetricProvider default: spec\.prometheus\.timeout \(/m);
    assert.match(result.out, /1 document, [0-9]+ problems\n$/);
    assert.equal(result.err, '');
  });

  it('names the line of each finding, in their order, and says nothing twice', async () => {
    const text =
      'apiVersion: sluice.dev/v1alpha1\nkind: MetricProvider\nmetadata: {name: default}\nspec:\n  prometheus:\n    timeout: soon\n    addres: http://x\n---\na: [\n';
    const { out } = await run('lint -f a.yaml', { files: { 'a.yaml': text } });
    const places = out.split('\n').map((line) => line.split(' (')[0]?.split(': is ')[0]);
    assert.deepEqual(places, [
      'a.yaml:5: MetricProvider default: spec.prometheus.address',
      'a.yaml:6: MetricProvider default: spec.prometheus.timeout',
      'a.yaml:7: MetricProvider default: spec.prometheus.addres',
      'a.yaml:10: line 10, column 1',
      '2 documents, 4 problems',
      '',
    ]);
  });

  it('accepts a good manifest from standard input', async () => {
    const text =
      'apiVersion: sluice.dev/v1alpha1\nkind: MetricProvider\nmetadata: {name: default}\nspec: {prometheus: {address: "http://prometheus.monitoring:9090"}}\n';
    const result = await run('lint -f -', { files: { '-': text } });
    assert.deepEqual([result.code, result.out], [0, '1 document, no problems\n']);
  });
});

describe('crds', () => {
  it('prints every custom resource definition as one YAML stream', async () => {
    let out = '';
    const context = { out: (text: string) => (out += text), err: () => undefined };
    const command = applyConventions(buildCrdsCommand(context, 'sluice'), context);
    assert.equal(await runProgram(command, ['--'], context), 0);
    assert.equal(out.match(/^kind: CustomResourceDefinition$/gm)?.length, 8);
  });
});
