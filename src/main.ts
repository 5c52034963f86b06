import { enableCompileCache } from 'node:module';

enableCompileCache();

// Loaded after the cache is on, so that it covers everything else.
const { runSluice } = await import('./app/run-sluice.ts');
await runSluice();
