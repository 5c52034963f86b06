import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { isInside, isTreePath, normaliseDirectory } from '../../src/core/provenance/git-names.ts';
import {
  formatRepositoryUrl,
  normaliseRepositoryUrl,
  parseRepositoryUrl,
  sameRepository,
} from '../../src/core/provenance/repository-url.ts';
import { escapeText } from '../../src/core/revert/escape-text.ts';
import { buildManifests } from '../../src/core/sync/build-manifests.ts';
import { parseManifests } from '../../src/core/sync/parse-manifests.ts';

const SEED = { seed: 20_260_131, numRuns: 400 } as const;
const anyText = fc.string({ unit: 'binary', maxLength: 200 });
/** Text made of what YAML gives a meaning to: reaches further into the parser than letters do. */
const yamlText = fc
  .array(
    fc.constantFrom(
      'a',
      'key',
      ': ',
      ':',
      '\n',
      '\r\n',
      '  ',
      '- ',
      '---\n',
      '...\n',
      '&x ',
      '*x',
      '<<: ',
      '!!',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '|',
      '>',
      '#',
      '%',
      '0755',
      'on',
      '__proto__',
      '\ufeff',
      '\t',
      '\u0000',
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));
const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('manifests, whatever a file holds', () => {
  it('are read or refused with the file and a message, never thrown over', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, yamlText), (text) => {
        const { documents, problems } = parseManifests('a.yaml', text);
        for (const problem of problems) assert.ok(problem.file === 'a.yaml' && problem.message.length > 0);
        for (const document of documents) assert.equal(Object.getPrototypeOf(document.value), Object.prototype);
      }),
      SEED,
    );
  });

  it('are refused without a quotation of what stands there, which may be a credential', () => {
    for (const text of ['password: *canary-5b1e\n', 'a: [1\npassword: canary-5b1e\n', 'password: "canary-5b1e\n', 'a: {canary-5b1e\n']) {
      const { documents, problems } = parseManifests('a.yaml', text);
      assert.deepEqual([documents.length, problems.length > 0], [0, true], text);
      assert.doesNotMatch(JSON.stringify(problems), /canary/, text);
    }
  });

  it('are built to objects of one namespace, each once, with provenance stamps of nobody', () => {
    fc.assert(
      fc.property(fc.array(yamlText, { maxLength: 3 }), fc.dictionary(fc.string({ maxLength: 8 }), json), (texts, data) => {
        const map = stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'x', annotations: { 'sluice.dev/commit': 'forged' } },
          ...data,
          kind_: 1,
        });
        const files = [...texts, map].map((text, index) => ({ path: `${index}.yaml`, text }));
        const { manifests } = buildManifests(files, { namespace: 'shop' });
        assert.equal(new Set(manifests.map((manifest) => manifest.id)).size, manifests.length);
        for (const manifest of manifests) {
          assert.ok(manifest.namespace === undefined || manifest.namespace === 'shop');
          assert.equal(manifest.object.metadata.annotations?.['sluice.dev/commit'], undefined);
        }
      }),
      { ...SEED, numRuns: 150 },
    );
  });

  it('keep what JSON says', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), json), (value) => {
        const { documents, problems } = parseManifests('a.json', JSON.stringify(value));
        assert.deepEqual(problems, []);
        assert.deepEqual(JSON.parse(JSON.stringify(documents[0]?.value)), JSON.parse(JSON.stringify(value)));
      }),
      SEED,
    );
  });
});

describe('repository addresses', () => {
  const host = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(\.[a-z]{2,5})?$/);
  const path = fc.stringMatching(/^[a-z0-9]{1,8}(\/[a-z0-9]{1,8}){0,3}$/);

  it('are the same over https and ssh, with and without .git, port and user', () => {
    fc.assert(
      fc.property(host, path, (name, rest) => {
        const forms = [
          `https://${name}/${rest}`,
          `https://${name.toUpperCase()}:443/${rest}.git`,
          `ssh://git@${name}/${rest}.git`,
          `ssh://${name}:22/${rest}/`,
          `git@${name}:${rest}.git`,
        ];
        for (const form of forms) assert.ok(sameRepository(form, forms[0] ?? ''), form);
        assert.equal(sameRepository(`https://${name}/${rest}-2`, forms[0] ?? ''), false);
        assert.equal(sameRepository(`https://${name}:444/${rest}`, forms[0] ?? ''), false);
      }),
      SEED,
    );
  });

  it('are refused or hold neither option, user, password nor way upwards, and read the same again', () => {
    const odd = fc.array(
      fc.constantFrom(
        'https://',
        'ssh://',
        'file://',
        'http://',
        'ext::',
        '-o',
        'git@',
        'user:pw@',
        'host',
        ':',
        '/',
        '..',
        '.',
        'a',
        '%2e',
        '@',
        '\n',
        ' ',
        '[::1]',
        '.git',
        '$(id)',
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          odd.map((parts) => parts.join('')),
        ),
        (text) => {
          const parsed = parseRepositoryUrl(text);
          if (!parsed.ok) return;
          const shown = formatRepositoryUrl(parsed.value);
          assert.match(shown, /^(https|ssh):\/\/[a-z0-9[][^@\s]*\/[^\s]+$/);
          assert.equal(parsed.value.path.split('/').includes('..'), false);
          assert.equal(parsed.value.path.startsWith('-') || parsed.value.host.startsWith('-'), false);
          assert.equal(normaliseRepositoryUrl(shown), shown);
        },
      ),
      { ...SEED, numRuns: 3000 },
    );
  });
});

describe('paths in a tree', () => {
  const part = fc.constantFrom('apps', 'shop', '..', '.', '', '.git', '.GIT', 'caf\u00e9', 'a b', '\\', '\u0000', '-x');
  const path = fc.array(part, { maxLength: 5 }).map((parts) => parts.join('/'));

  it('never leave the tree, and a directory is written one way only', () => {
    fc.assert(
      fc.property(fc.oneof(path, anyText), (text) => {
        const directory = normaliseDirectory(text);
        if (directory === undefined) return;
        assert.ok(directory === '' || isTreePath(directory));
        assert.equal(normaliseDirectory(directory), directory);
        assert.equal(normaliseDirectory(`./${directory}/`), directory);
        assert.equal(
          directory.split('/').some((one) => one === '..' || one.toLowerCase() === '.git'),
          false,
        );
      }),
      { ...SEED, numRuns: 2000 },
    );
  });

  it('are inside a directory only by whole parts', () => {
    const plain = fc.array(fc.constantFrom('a', 'b', 'ab', 'a-b'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        const begins = other.every((name, index) => one[index] === name);
        assert.equal(isInside(one.join('/'), other.join('/')), begins);
      }),
      { ...SEED, numRuns: 2000 },
    );
  });
});

describe('foreign text in a commit message', () => {
  const acting = fc.array(
    fc.constantFrom(
      'fixes ',
      '#',
      '12',
      '@',
      'admin',
      '[skip ci]',
      '[ci skip]',
      '***NO_CI***',
      '://',
      'https',
      '\n',
      '\n\n',
      'Sluice-Revert-Id: x',
      '\u001b[2J',
      '\u202e',
      '\u200b',
      '!',
      'GH-',
      '3',
      'skip-checks: true',
      '](',
      '[0.97,0.98]',
      '\u0000',
    ),
    { maxLength: 12 },
  );

  it('is one line of at most so many characters on which no forge acts', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          acting.map((parts) => parts.join('')),
        ),
        fc.integer({ min: 4, max: 120 }),
        (text, limit) => {
          const shown = escapeText(text, limit);
          assert.ok(Array.from(shown).length <= limit);
          assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          assert.doesNotMatch(shown, /@[\p{L}\p{N}]|#[\p{L}\p{N}]|:\/\/|\[[^\]]*[A-Za-z]|\*\*|\bNO_CI\b|\bskip-checks\b|\bGH-\d/iu);
          if (Array.from(shown).length < limit - 3) assert.equal(escapeText(shown, limit), shown, 'escaping is done once');
        },
      ),
      { ...SEED, numRuns: 3000 },
    );
  });
});
