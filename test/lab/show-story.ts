import path from 'node:path';
import { isBuilt } from './build/lab-cache.ts';
import { partNamed } from './build/parts.ts';
import { openDoorsOutside } from './run/doors.ts';
import { execInLab } from './run/exec-in-lab.ts';
import { inALab } from './run/in-a-lab.ts';
import { withNeeds } from './run/run-parts.ts';

/** `lab:story`: the whole story on real parts, left open to look at until Ctrl-C; with a forge where one is built. */
const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const forge = isBuilt(partNamed('gitea'));
const parts = withNeeds(forge ? ['core', 'gitea'] : ['core']) ?? [];
process.exit(
  await inALab({
    parts,
    tell,
    work: async (files) => {
      const doors = JSON.stringify(await openDoorsOutside(files));
      const inside = path.join(import.meta.dirname, 'show', 'story-inside.ts');
      return execInLab(files, [process.execPath, inside, doors, ...(forge ? ['forge'] : [])]);
    },
  }),
);
