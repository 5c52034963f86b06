const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

interface CodeCounts {
  count: number;
  sum: number;
  readonly below: number[];
}

/** What one pod has answered, as it tells Prometheus. */
export interface PodMetrics {
  observe(code: number, seconds: number): void;
  /** Answers by code. */
  counts(): Readonly<Record<string, number>>;
  page(): string;
}

/** Counters by code and a histogram of latencies. */
export function createPodMetrics(): PodMetrics {
  // Both from the start: a counter that appears with its first increment loses that increment in every rate.
  const codes = new Map<number, CodeCounts>([200, 500].map((code) => [code, { count: 0, sum: 0, below: BUCKETS.map(() => 0) }]));
  const histogram = (code: number, counts: CodeCounts): string[] => [
    ...BUCKETS.map((bucket, index) => `http_request_duration_seconds_bucket{code="${code}",le="${bucket}"} ${counts.below[index]}`),
    `http_request_duration_seconds_bucket{code="${code}",le="+Inf"} ${counts.count}`,
    `http_request_duration_seconds_sum{code="${code}"} ${counts.sum}`,
    `http_request_duration_seconds_count{code="${code}"} ${counts.count}`,
  ];
  return {
    observe(code, seconds) {
      const counts = codes.get(code) ?? { count: 0, sum: 0, below: BUCKETS.map(() => 0) };
      codes.set(code, counts);
      counts.count += 1;
      counts.sum += seconds;
      for (const [index, bucket] of BUCKETS.entries()) if (seconds <= bucket) counts.below[index] = (counts.below[index] ?? 0) + 1;
    },
    counts: () => Object.fromEntries([...codes].map(([code, { count }]) => [String(code), count])),
    page: () =>
      [
        '# TYPE http_requests_total counter',
        ...[...codes].map(([code, { count }]) => `http_requests_total{code="${code}",method="GET"} ${count}`),
        '# TYPE http_request_duration_seconds histogram',
        ...[...codes].flatMap(([code, counts]) => histogram(code, counts)),
        '',
      ].join('\n'),
  };
}
