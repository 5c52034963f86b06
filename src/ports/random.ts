/** Uniform in [0, 1); injected, so that one seed reproduces a run. Only jitter may use it: ids are derived. */
export type Random = () => number;
