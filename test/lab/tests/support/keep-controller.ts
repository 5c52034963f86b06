import { setTimeout as delay } from 'node:timers/promises';
import type { LabFiles } from '../../run/lab-files.ts';
import { type ControllerProcess, SHORT_LEASE, startController } from './controller-process.ts';

/** A controller that is started again when it ends, as the kubelet does. */
export interface KeptController {
  /** How often it has ended by itself. */
  restarts(): number;
  stop(): Promise<void>;
}

const BACK_OFF = 1000;

/** Starts a controller and keeps it running. */
export function keepController(lab: LabFiles, kubeconfig: string, name: string): KeptController {
  const start = (): ControllerProcess => startController(lab, kubeconfig, name, { flags: SHORT_LEASE });
  let current = start();
  let [stopped, restarts] = [false, 0];
  const keeping = (async () => {
    for (;;) {
      await current.ended();
      if (stopped) return;
      restarts += 1;
      await delay(BACK_OFF);
      if (stopped) return;
      current = start();
    }
  })();
  return {
    restarts: () => restarts,
    async stop() {
      stopped = true;
      await current.stop();
      await keeping;
    },
  };
}
