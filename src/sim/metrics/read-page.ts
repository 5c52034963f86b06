import { get } from 'node:http';
import type { Millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ReadPage } from './scraper.ts';

const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** Reads a metrics page over HTTP; gives up after `timeout`. */
export function createPageReader(clock: Clock, timeout: Millis): ReadPage {
  return (url, signal) =>
    new Promise((resolve, reject) => {
      const request = get(url, { agent: false, signal }, (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_PAGE_BYTES) request.destroy(new Error('the page is too large'));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else reject(new Error(`the page answers with status ${response.statusCode ?? 0}`));
        });
      });
      const timer = clock.startTimer(timeout, () => request.destroy(new Error('the page did not come in time')));
      request.on('error', reject);
      request.on('close', () => timer.cancel());
    });
}
