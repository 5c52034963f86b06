import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runGo } from './run-go.ts';

const LEGO = 'github.com/go-acme/lego/v5@v5.4.1';
const DNS_PROVIDERS = `package dns

import (
	"errors"

	"github.com/go-acme/lego/v5/challenge"
)

func NewDNSChallengeProviderByName(string) (challenge.Provider, error) {
	return nil, errors.New("no DNS providers")
}
`;

/** Copies a file or a folder, content only: what lies in the module cache is read-only, and its copy has to be removable. */
export function copyTree(source: string, target: string, wanted: (file: string) => boolean): void {
  if (statSync(source).isFile()) {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(source));
    return;
  }
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [path.join(source, entry.name), path.join(target, entry.name)];
    if (!wanted(from)) continue;
    if (entry.isDirectory()) copyTree(from, to, wanted);
    else if (entry.isFile()) writeFileSync(to, readFileSync(from));
  }
}

/**
 * Puts a copy of the ACME library beside Traefik's go.mod, without its 200 DNS providers: their SDKs would be most of the build, and the module cache must not
 * be overlaid.
 */
export async function trimLego(directory: string): Promise<void> {
  const { Dir: source } = JSON.parse(await runGo(directory, ['mod', 'download', '-json', LEGO])) as { Dir: string };
  const target = path.join(directory, 'lego');
  rmSync(target, { recursive: true, force: true });
  const unused = ['cmd', 'e2e', 'docs', path.join('providers', 'dns')].map((name) => path.join(source, name));
  copyTree(source, target, (file) => !unused.includes(file) && !file.endsWith('_test.go'));
  const dns = path.join(target, 'providers', 'dns');
  mkdirSync(dns, { recursive: true });
  writeFileSync(path.join(dns, 'zz_gen_dns_providers.go'), DNS_PROVIDERS);
}
