import { enableCompileCache } from 'node:module';

enableCompileCache();

// Loaded after the cache is on, so that it covers everything else.
const { runAsProcess } = await import('./run-as-process.ts');
await runAsProcess();
