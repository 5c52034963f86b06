import { readFileSync } from 'node:fs';

/** Clock ticks in a second: Linux tells every program this number. */
const TICKS = 100;

/** What a process has cost so far. */
export interface ProcessFigures {
  /** Of the process itself, user and system. */
  readonly cpuSeconds: number;
  /** The most memory that it held at one moment, in MB (10^6 bytes). */
  readonly peakMegabytes: number;
}

/** Reads the kernel's books on a process that runs. */
export function figuresOf(pid: number): ProcessFigures {
  // The name of the program, in brackets, may hold spaces; utime and stime are the 12th and 13th field after it.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS, peakMegabytes: (Number(peak) * 1024) / 1e6 };
}
