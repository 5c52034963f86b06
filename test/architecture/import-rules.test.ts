import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { importsOf, packageOf, refusal } from './import-rules.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SRC = path.join(ROOT, 'src');

interface SourceFile {
  readonly file: string;
  readonly layer: string;
  readonly text: string;
}

function sourceFiles(): readonly SourceFile[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({
      file,
      layer: file.includes(path.sep) ? (file.split(path.sep)[0] ?? '') : 'main',
      text: readFileSync(path.join(SRC, file), 'utf8'),
    }));
}

function layerOfTarget(source: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const target = path.relative(SRC, path.resolve(SRC, path.dirname(source.file), specifier));
  return target.startsWith('..') ? `outside of src (${specifier})` : (target.split(path.sep)[0] ?? '');
}

describe('the import rules of the layers', () => {
  const files = sourceFiles();

  it('reads the sources: an empty reading would pass everything', () => {
    assert.ok(files.length > 50, `only ${files.length} source files were read`);
    assert.ok(files.flatMap((source) => importsOf(source.text)).length > 100, 'hardly any import was read');
  });

  it('holds in every file', () => {
    const broken = files
      .filter((source) => source.layer !== 'main')
      .flatMap((source) =>
        importsOf(source.text).map((statement) => ({
          source,
          statement,
          why: refusal(source.layer, statement, layerOfTarget(source, statement.specifier)),
        })),
      )
      .filter((row) => row.why !== undefined)
      .map((row) => `src/${row.source.file}: ${row.why} ('${row.statement.specifier}')`);
    assert.deepEqual(broken, []);
  });

  it('has no file that nothing but a main entry may be: only main.ts stands beside the layers', () => {
    assert.deepEqual(
      files.filter((source) => source.layer === 'main').map((source) => source.file),
      ['main.ts'],
    );
  });

  it('has no barrels: no index.ts that only re-exports', () => {
    assert.deepEqual(
      files.filter((source) => path.basename(source.file) === 'index.ts').map((source) => source.file),
      [],
    );
  });

  it('names files in kebab-case', () => {
    const wrong = files
      .map((source) => source.file)
      .filter((file) => !file.split(path.sep).every((part) => /^[a-z0-9]+(-[a-z0-9]+)*(\.ts)?$/.test(part)));
    assert.deepEqual(wrong, []);
  });

  it('refuses what the design forbids', () => {
    const value = { typeOnly: false };
    assert.match(refusal('core', { ...value, specifier: 'undici' }, undefined) ?? '', /may not import the package undici/);
    assert.match(refusal('core', { ...value, specifier: '../ports/clock.ts' }, 'ports') ?? '', /core may not import ports/);
    assert.equal(refusal('core', { typeOnly: true, specifier: '../ports/clock.ts' }, 'ports'), undefined);
    assert.match(refusal('cli', { ...value, specifier: '../controllers/x.ts' }, 'controllers') ?? '', /cli may not import controllers/);
    assert.match(refusal('controllers', { ...value, specifier: 'axios' }, undefined) ?? '', /axios/);
    assert.match(refusal('adapters', { ...value, specifier: '@kubernetes/client-node' }, undefined) ?? '', /client-node/);
    assert.match(refusal('unknown', { ...value, specifier: 'zod' }, undefined) ?? '', /not in the table/);
  });

  it('reads every form of import', () => {
    const found = importsOf(
      `import a from 'a';\nimport type { B } from './b.ts';\nimport { type C, type D } from 'c';\nimport { type E, f } from 'e';\nexport { g } from './g.ts';\nimport 'h';\nconst i = await import('i');`,
    );
    assert.deepEqual(
      found.map((statement) => `${statement.specifier} ${statement.typeOnly}`),
      ['a false', './b.ts true', 'c true', 'e false', './g.ts false', 'h false', 'i false'],
    );
    assert.equal(packageOf('@scope/name/sub'), '@scope/name');
    assert.equal(packageOf('zod/v4'), 'zod');
  });
});
