/**
 * About how many seconds each file takes alone on two cores. With several labs the long ones go first: the short ones then fill up whatever is left, and no lab
 * stands idle while another one is still at a long file that it began last. Only the order follows from these figures, so they need not be kept up to date.
 */
export const ABOUT_SECONDS: Readonly<Record<string, number>> = {
  outages: 384,
  traefik: 161,
  contour: 152,
  argocd: 111,
  routers: 106,
  flux: 102,
  'peers-lifecycle': 105,
  'peers-analysis': 100,
  story: 97,
  leaders: 96,
  many: 83,
  peers: 70,
  gitea: 66,
  connections: 54,
  prometheus: 52,
  ssh: 51,
  rights: 46,
  'kube-layer': 43,
  lifecycle: 21,
  parts: 18,
  contract: 7,
  crds: 7,
  'oldest-kubernetes': 2,
};

/** The tests in the order in which several labs begin them; one of which nothing is known may be long. */
export function longestFirst(tests: readonly string[]): readonly string[] {
  const seconds = (test: string): number => ABOUT_SECONDS[test] ?? Number.MAX_VALUE;
  return tests.toSorted((one, other) => seconds(other) - seconds(one));
}
