import { storyCrashSweep, storyFaultSweep, storyRepositorySweep, storyStaleSweep } from '../rollouts/story-sweeps.ts';
import { soak, soakEvery } from './soak.ts';

const every = soakEvery();
await soak('the story, killed before and after each write', every, storyCrashSweep);
await soak('the story, each call to the repository failing or killed', every, storyRepositorySweep);
await soak('the story, hearing late of each kind', every, storyStaleSweep);
await soak('the story, each request failing in each way', every, storyFaultSweep);
