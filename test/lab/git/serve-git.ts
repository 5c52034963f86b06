import { readFileSync } from 'node:fs';
import path from 'node:path';
import { serveSmartHttp } from '../../git/support/smart-http.ts';
import { ADDRESSES, GIT_USER, portOf } from '../run/addresses.ts';
import { labFiles } from '../run/lab-files.ts';

/** `serve-git DIRECTORY`: every bare repository below the lab's `git` folder, over HTTPS with basic auth. */
const files = labFiles(process.argv[2] ?? '');
await serveSmartHttp({
  directory: path.join(files.repositories, 'any.git'),
  user: GIT_USER,
  port: portOf(ADDRESSES.git),
  tls: { cert: readFileSync(files.authority), key: readFileSync(files.authorityKey) },
  intercept: (request, response) => {
    if (request.url !== '/healthz') return false;
    response.end('ok');
    return true;
  },
});
