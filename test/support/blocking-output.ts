/**
 * Loaded before a test file, by `node --import`. With `--test-force-exit` a file's process ends with its last test, and whatever the pipe to node's runner had
 * not taken until then is lost: tests that passed went uncounted. A write that blocks leaves nothing behind. node has no public name for it.
 */
const handle: unknown = Reflect.get(process.stdout, '_handle');
if (typeof handle === 'object' && handle !== null) {
  const setBlocking: unknown = Reflect.get(handle, 'setBlocking');
  if (typeof setBlocking === 'function') Reflect.apply(setBlocking, handle, [true]);
}
