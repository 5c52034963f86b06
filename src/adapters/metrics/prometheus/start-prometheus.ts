import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import axios from 'axios';
import { millis } from '../../../api/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import { SluiceError } from '../../../ports/errors.ts';

/** A page that Prometheus reads, with the labels of its target. */
export interface PrometheusTarget {
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface StartPrometheusOptions {
  readonly binary: string;
  /** Everything is written below it. */
  readonly directory: string;
  readonly clock: Clock;
  /** Asked twice a second. */
  readonly targets: () => readonly PrometheusTarget[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface RunningPrometheus {
  readonly address: string;
  close(): Promise<void>;
}

const CONFIG = `global: {scrape_interval: 1s, scrape_timeout: 900ms}
scrape_configs:
- job_name: pods
  file_sd_configs: [{files: [targets.json], refresh_interval: 1s}]
`;
const READY_WITHIN_TRIES = 100;
const TRY_EVERY = millis(100);
const TARGETS_EVERY = millis(500);

/** Starts a real Prometheus on loopback that scrapes `targets` every second. Rejects with `unavailable` when it does not become ready. */
export async function startPrometheus(options: StartPrometheusOptions): Promise<RunningPrometheus> {
  const home = path.join(options.directory, 'prometheus');
  await mkdir(home, { recursive: true });
  await writeFile(path.join(home, 'prometheus.yml'), CONFIG);
  await writeTargets(home, options.targets());
  const address = `127.0.0.1:${await freePort()}`;
  const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=tsdb', `--web.listen-address=${address}`, '--log.level=error'];
  const child = spawn(options.binary, args, { cwd: home, stdio: 'ignore', env: { PATH: options.environment['PATH'] ?? '' } });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(`it ended with code ${code}`));
  });
  const stopTargets = keepTargets(home, options);
  const close = async (): Promise<void> => {
    stopTargets();
    await end(child, exited);
  };
  try {
    await waitUntilReady(`http://${address}`, options, exited);
  } catch (error) {
    await close();
    throw error;
  }
  return { address: `http://${address}`, close };
}

async function end(child: ChildProcess, exited: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  await exited;
}

async function writeTargets(home: string, targets: readonly PrometheusTarget[]): Promise<void> {
  const groups = targets.map((target) => ({ targets: [new URL(target.url).host], labels: target.labels }));
  // Renamed into place: Prometheus must never read half a file.
  await writeFile(path.join(home, 'targets.new'), JSON.stringify(groups));
  await rename(path.join(home, 'targets.new'), path.join(home, 'targets.json'));
}

/** Rewrites the targets file whenever they changed; the answer ends that. */
function keepTargets(home: string, options: StartPrometheusOptions): () => void {
  let last = '';
  let stopped = false;
  let timer = options.clock.startTimer(TARGETS_EVERY, look);
  function look(): void {
    const targets = options.targets();
    const text = JSON.stringify(targets);
    const written = text === last ? Promise.resolve() : writeTargets(home, targets);
    last = text;
    const again = (): void => {
      if (!stopped) timer = options.clock.startTimer(TARGETS_EVERY, look);
    };
    written.then(again, again);
  }
  return () => {
    stopped = true;
    timer.cancel();
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function waitUntilReady(address: string, options: StartPrometheusOptions, exited: Promise<string>): Promise<void> {
  const gone: string[] = [];
  void exited.then((why) => gone.push(why));
  for (let attempt = 0; attempt < READY_WITHIN_TRIES && gone.length === 0; attempt += 1) {
    const reply = await axios.get(`${address}/-/ready`, { timeout: 1000, proxy: false, validateStatus: () => true }).catch(() => undefined);
    if (reply?.status === 200) return;
    await new Promise<void>((resolve) => options.clock.startTimer(TRY_EVERY, resolve));
  }
  throw new SluiceError('unavailable', `${options.binary} did not become ready: ${gone[0] ?? 'it gave no answer in 10 s'}; try without it`);
}
