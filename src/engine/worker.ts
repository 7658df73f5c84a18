import { portFromSelf } from '../protocol/channel/port.ts';
import type { WorkerScope } from '../protocol/channel/port.ts';
import { createBuiltinEngine } from './builtin/session/builtin-engine.ts';
import { createTransformer } from './builtin/model/create-transformer.ts';
import { tuneKernels } from './builtin/model/tune.ts';
import { createRememberedVariants } from './builtin/session/remembered-variants.ts';
import { acquireDevice } from './device.ts';
import { serveEngine } from './serve-engine.ts';

// The types of pages say that every browser has it.
const gpu = navigator.gpu as GPU | undefined;

const engine = createBuiltinEngine({
  fetch: (url, init) => fetch(url, init),
  acquireDevice: () => acquireDevice({ gpu, isSecureContext, userAgent: navigator.userAgent }),
  createTransformer,
  chooseVariants: createRememberedVariants({ caches: 'caches' in self ? caches : null, measure: tuneKernels }),
  nowMs: () => performance.now(),
});

serveEngine(portFromSelf(self as unknown as WorkerScope), engine);
