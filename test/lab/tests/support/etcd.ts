import { z } from 'zod';
import { ADDRESSES } from '../../run/addresses.ts';

const rangeSchema = z.object({ header: z.object({ revision: z.string() }) });

async function call(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${ADDRESSES.etcd}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Makes etcd forget every version but the present one; the API server does so every five minutes. */
export async function compactEtcd(): Promise<void> {
  const { header } = rangeSchema.parse(await call('range', { key: Buffer.from('/').toString('base64'), count_only: true }));
  await call('compaction', { revision: header.revision, physical: true });
}
