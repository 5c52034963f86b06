import { Agent, request } from 'node:http';
import { z } from 'zod';

const TICK = 20;
/** Longer than a person waits. */
const PATIENCE = 5000;
const answerSchema = z.object({ image: z.string() });

/** Where the next request goes. */
export interface LoadTarget {
  readonly host: string;
  readonly port: number;
  /** The virtual host that is asked for. */
  readonly virtualHost?: string;
}

/** What became of one request; times are milliseconds since the epoch. */
export interface Answer {
  readonly sent: number;
  readonly answered: number;
  /** The image of the pod that answered; `gateway` when something before it did, `nobody` without an answer. */
  readonly revision: string;
  /** HTTP status, or why there was none. */
  readonly code: string;
}

/** One kind of answer: how many, and when the first and the last came (milliseconds since the epoch). */
export interface Tally {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** Sends requests at a steady rate, whether or not answers come (open loop), and books every one of them. */
export interface OpenLoad {
  answers(): readonly Answer[];
  /** By `revision code`. */
  tallies(): Readonly<Record<string, Tally>>;
  /** Forgets what was booked so far. */
  reset(): void;
  /** Resolves once no request is under way any more. */
  stop(): Promise<void>;
}

export interface OpenLoadOptions {
  readonly perSecond: number;
  /** Undefined when there is nobody to ask. */
  readonly target: () => LoadTarget | undefined;
  /** Sends a request again when its kept connection was closed in the same moment, as most HTTP clients do. */
  readonly again: boolean;
}

function readRevision(text: string): string {
  try {
    return answerSchema.parse(JSON.parse(text)).image;
  } catch {
    return 'gateway';
  }
}

/** Starts to send. */
export function startOpenLoad({ perSecond, target, again }: OpenLoadOptions): OpenLoad {
  const agent = new Agent({ keepAlive: true });
  let answers: Answer[] = [];
  let [owed, underWay] = [0, 0];
  let whenIdle = (): void => undefined;
  const book = (sent: number, revision: string, code: string): void => {
    answers.push({ sent, answered: Date.now(), revision, code });
    underWay -= 1;
    if (underWay === 0) whenIdle();
  };
  const send = (sent: number, where: LoadTarget): void => {
    const { host, port, virtualHost } = where;
    let over = false;
    const end = (revision: string, code: string): void => {
      if (!over) book(sent, revision, code);
      over = true;
    };
    const headers = virtualHost === undefined ? {} : { host: virtualHost };
    const call = request({ host, port, path: '/', agent, timeout: PATIENCE, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => end(readRevision(Buffer.concat(chunks).toString('utf8')), String(response.statusCode)));
      response.on('error', (error) => end('nobody', error.message));
    });
    call.on('timeout', () => call.destroy(new Error('timeout')));
    call.on('error', (error: NodeJS.ErrnoException) => {
      if (!over && again && call.reusedSocket && error.code === 'ECONNRESET') send(sent, where);
      else end('nobody', error.code ?? error.message);
      over = true;
    });
    call.end();
  };
  const timer = setInterval(() => {
    for (owed += (perSecond * TICK) / 1000; owed >= 1; owed -= 1) {
      underWay += 1;
      const now = Date.now();
      const where = target();
      if (where === undefined) book(now, 'nobody', 'no ready endpoint');
      else send(now, where);
    }
  }, TICK);
  return {
    answers: () => answers,
    tallies: () => tally(answers),
    reset: () => {
      answers = [];
    },
    stop: async () => {
      clearInterval(timer);
      await new Promise<void>((resolve) => {
        whenIdle = resolve;
        if (underWay === 0) resolve();
      });
      agent.destroy();
    },
  };
}

function tally(answers: readonly Answer[]): Readonly<Record<string, Tally>> {
  const tallies: Record<string, Tally> = {};
  for (const { revision, code, answered } of answers) {
    const what = `${revision} ${code}`;
    const before = tallies[what];
    tallies[what] = { count: (before?.count ?? 0) + 1, first: before?.first ?? answered, last: answered };
  }
  return tallies;
}
