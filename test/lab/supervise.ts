import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { POD_NETWORK } from './run/addresses.ts';
import { bringUp } from './run/bring-up.ts';
import { type LabStatus, serveControl } from './run/control-api.ts';
import { labFiles } from './run/lab-files.ts';
import { networkOf } from './run/namespaces.ts';
import { withNeeds } from './run/run-parts.ts';
import { createSupervisor } from './run/supervisor.ts';
import { writeConfig } from './run/write-config.ts';

/** `supervise DIRECTORY PART...`: starts the parts of a lab. The lab's namespaces end with it, and so does everything in them. */
const [directory = '', ...words] = process.argv.slice(2);
const files = labFiles(directory);
const supervisor = createSupervisor(files);
const started = performance.now();
let state: Pick<LabStatus, 'phase' | 'message' | 'seconds'> = { phase: 'starting', message: '', seconds: 0 };

writeFileSync(files.network, networkOf('self') ?? '');
execFileSync('ip', ['link', 'set', 'lo', 'up']);
// Every pod's address is local: one process can answer for all of them.
execFileSync('ip', ['route', 'add', 'local', POD_NETWORK, 'dev', 'lo']);
writeConfig(files);
await serveControl(files, supervisor, () => ({ ...state, parts: supervisor.states().map((part) => ({ ...part })) }));
try {
  await bringUp(withNeeds(words) ?? [], supervisor, files);
  state = { phase: 'up', message: '', seconds: (performance.now() - started) / 1000 };
} catch (error) {
  state = {
    phase: 'failed',
    message: error instanceof Error ? error.message : String(error),
    seconds: (performance.now() - started) / 1000,
  };
}
