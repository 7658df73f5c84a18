import { portFromSelf } from './port.ts';
import type { WorkerScope } from './port.ts';
import { serveChannel } from './server.ts';
import type { WorkerApi } from './worker.browser.test.ts';

/** A worker for the channel's tests in a browser. */
serveChannel<WorkerApi>(portFromSelf(self as unknown as WorkerScope), {
  double: (args) => Promise.resolve(args.map((value) => 2 * value)),
  crash: () =>
    new Promise(() => {
      setTimeout(() => {
        throw new Error('a failure nobody caught');
      });
    }),
  spin: () => {
    for (;;);
  },
  count: async function* (n) {
    for (let i = 0; i < n; i++) yield await Promise.resolve(i);
  },
});
