import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiData, readApiData } from './api-data.ts';
import { type Answer, startScriptedServer } from './scripted-server.ts';

export interface RealPrometheus {
  readonly address: string;
  /** The `data` of an instant query; undefined when there is none. */
  query(text: string, time?: number): Promise<ApiData | undefined>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  server.close();
  await once(server, 'close');
  return port;
}

async function ask(address: string, text: string, time?: number): Promise<ApiData | undefined> {
  const parameters = new URLSearchParams({ query: text, ...(time === undefined ? {} : { time: String(time) }) });
  const response = await fetch(`${address}/api/v1/query?${parameters.toString()}`).catch(() => undefined);
  return readApiData(await response?.json().catch(() => undefined));
}

/** A Prometheus that scrapes this page as job `demo`; it has `wanted` samples of `up` when this returns. */
export async function startPrometheus(program: string, page: Answer, interval: string, wanted: number): Promise<RealPrometheus> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-prometheus-'));
  const target = await startScriptedServer();
  target.answer = page;
  const config = path.join(directory, 'prometheus.yml');
  const lines = [
    'scrape_configs:',
    '- job_name: demo',
    `  scrape_interval: ${interval}`,
    `  scrape_timeout: ${interval}`,
    '  static_configs:',
  ];
  writeFileSync(config, `${[...lines, `  - targets: ['${new URL(target.address).host}']`].join('\n')}\n`);
  const address = `http://127.0.0.1:${await freePort()}`;
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=${new URL(address).host}`];
  const child = spawn(program, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.kill();
    await exited;
    await target.close();
    rmSync(directory, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 300; tries += 1) {
    const data = await ask(address, 'count_over_time(up[5m])');
    if (data?.resultType === 'vector' && Number(data.result[0]?.value[1] ?? 0) >= wanted)
      return { address, query: (text, time) => ask(address, text, time), close };
    await delay(100);
  }
  await close();
  throw new Error('prometheus did not scrape the page within 30 s');
}
