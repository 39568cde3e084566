// The shell of the media worker: the browser's events on one side, `FrameWorker` on the other.

import { systemClock } from '../../session/clock';
import { FrameWorker } from './frame-worker';
import type { ToWorker } from './messages';
import type { Transformer } from './track';

const worker = new FrameWorker(systemClock, (message) => self.postMessage(message));

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  // What goes wrong here reaches the page as an error, and the page ends the worker.
  worker.handle(data).catch(fail);
});

self.addEventListener('rtctransform', (event) => {
  const { transformer } = event as Event & { transformer: Transformer };
  // A track whose stream breaks ends alone, as when its connection is closed.
  worker.attach(transformer).catch(() => {});
});

function fail(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
