/**
 * node's flags of the built controller, which lives for months beside the workloads. What V8 gives to young objects by itself is three times what a thousand
 * Rollouts hold; and left alone it lets the heap grow to three times what lives before it collects: measured with 1,000 releases at once, 60 MB live,
 * a peak of 376 MB resident against 240 MB, for an eighth more CPU.
 */
export const CONTROLLER_FLAGS: readonly string[] = ['--max-semi-space-size=8', '--heap-growing-percent=30'];
