import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { labCache } from './lab-cache.ts';

const VERSION = 'go1.26.8';
/** SHA-256 of the toolchain's zip, by Node's name of the processor. */
const ZIPS: Readonly<Record<string, { readonly name: string; readonly sha256: string }>> = {
  x64: { name: 'linux-amd64', sha256: '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7' },
  arm64: { name: 'linux-arm64', sha256: '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99' },
};
const PUBLIC_PROXY = 'https://proxy.golang.org';

/** The module proxy of this machine: the first one that GOPROXY names. */
function proxy(): string {
  const first = (process.env['GOPROXY'] ?? '').split(/[,|]/)[0] ?? '';
  return first === '' || first === 'direct' || first === 'off' ? PUBLIC_PROXY : first.replace(/\/+$/, '');
}

function root(): string {
  return path.join(labCache(), 'go', VERSION);
}

/** The `go` that was fetched before; undefined when there is none. */
export function fetchedGo(): string | undefined {
  const program = path.join(root(), 'bin', 'go');
  return existsSync(program) ? program : undefined;
}

/** Programs and what they start; the zips of the module proxy hold no modes. */
function isProgram(file: string): boolean {
  return file.startsWith('bin/') || file.startsWith('pkg/tool/') || file.endsWith('.sh') || file.endsWith('.bash');
}

function unpack(zip: Buffer, directory: string): void {
  for (const [name, content] of Object.entries(unzipSync(zip))) {
    // `golang.org/toolchain@v0.0.1-go…/bin/go`
    const file = name.split('/').slice(2).join('/');
    const target = path.join(directory, file);
    if (file === '' || name.endsWith('/') || !target.startsWith(`${directory}${path.sep}`)) continue;
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content, { mode: isProgram(file) ? 0o755 : 0o644 });
  }
}

/** Fetches the pinned toolchain from the Go module proxy into the lab's cache. Fails when it is not served for this machine, or is not the one that is pinned. */
export async function fetchGo(tell: (line: string) => void): Promise<void> {
  const zip = process.platform === 'linux' ? ZIPS[process.arch] : undefined;
  if (zip === undefined) throw new Error(`no toolchain is pinned for ${process.platform} on ${process.arch}`);
  const address = `${proxy()}/golang.org/toolchain/@v/v0.0.1-${VERSION}.${zip.name}.zip`;
  tell(`there is no Go 1.26 here: fetching ${VERSION} (72 MB) from ${new URL(address).host}`);
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(`the module proxy ${new URL(address).host} answers ${reply.status}`);
  const content = Buffer.from(await reply.arrayBuffer());
  const sum = createHash('sha256').update(content).digest('hex');
  if (sum !== zip.sha256) throw new Error(`what the module proxy served has the SHA-256 ${sum}, not the one that is pinned`);
  mkdirSync(path.dirname(root()), { recursive: true });
  const scratch = mkdtempSync(`${root()}-`);
  try {
    unpack(content, path.join(scratch, 'go'));
    renameSync(path.join(scratch, 'go'), root());
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
