import { runSluice } from './app/run-sluice.ts';

await runSluice();
