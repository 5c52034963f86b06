/** What `npm run test:soak -- --help` prints. */
export const SOAK_HELP = `Usage: npm run test:soak -- [NAME...] [options]

Runs the sweeps of test/soak in full, in as many processes as there are cores; npm test runs samples of them. Without a NAME all of them, one after the other:
  goldens  every rollout with a golden log, disturbed at every place
  random   random rollouts, 100 for each seed
  story    the whole story, killed and failed at every place

What a soak runs is numbered: golden rollouts, seeds, places of the story.

Options:
  --from <number>      where to begin; 0 when absent, and for random a drawn seed
  --count <number>     how many of them; all when absent, and for random 1000
  --shard <n>/<of>     this machine's part of all: 2/3 is the second of three
  --workers <number>   how many processes; as many as there are cores when absent
  --golden <text>      goldens: those with this in the names of their logs
  --kinds <list>       kinds of disturbance, with commas: goldens crash,fault,late,slow; story repository too
  --place <number>     goldens: this one place of each kind
  --shrink             random: look for the shortest rollout that fails
  -h, --help           show this help

It prints every failure at once, with the arguments that repeat it. Exit codes: 0 no failure, 1 failures, an early end or nothing run, 2 wrong usage

Examples:
  npm run test:soak -- random --from 7 --count 1 --shrink           # one seed again, as short as it can be
  npm run test:soak -- goldens --golden routed --kinds crash,late   # some rollouts, disturbed in two ways
  npm run test:soak -- story --shard 2/3 --workers 1                # the second third, on one core
`;
