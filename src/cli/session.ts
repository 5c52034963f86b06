import type { Cluster } from '../ports/cluster.ts';
import { wrongUsage } from './cli-error.ts';
import { type ConnectionFlags, connectOptions } from './connect-options.ts';
import type { CliContext } from './context.ts';
import { withProgress } from './progress.ts';
import { createPaint, type Paint, wantsColor } from './render/color.ts';
import { requireName } from './target.ts';

/** The flags that every command takes, named as kubectl names them. */
export interface GlobalFlags extends ConnectionFlags {
  readonly namespace?: string | undefined;
  /** False with `--no-color`. */
  readonly color?: boolean | undefined;
}

/** One command's connection to the cluster. */
export interface Session {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly paint: Paint;
}

/** Connects, runs `use`, and closes the connection however that ends. */
export async function withSession<T>(context: CliContext, flags: GlobalFlags, use: (session: Session) => Promise<T>): Promise<T> {
  if (flags.namespace !== undefined) requireNamespace(flags.namespace);
  const connection = await withProgress(context, 'Connecting to the cluster', context.connect(connectOptions(flags)));
  try {
    const paint = createPaint(wantsColor(context.terminal, flags.color ?? true));
    return await use({ cluster: connection.cluster, namespace: flags.namespace ?? connection.namespace, paint });
  } finally {
    await connection.close();
  }
}

function requireNamespace(namespace: string): void {
  if (namespace === '') throw wrongUsage('the namespace is empty', 'name one after -n, or leave -n out');
  requireName(namespace);
}
