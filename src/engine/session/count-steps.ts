import type { CachedSequence } from './cached-sequence.ts';
import type { EmbeddingRuntime } from './embedding-runtime.ts';
import type { LoadTracker } from './load-tracker.ts';
import type { Runtime } from './runtime.ts';
import type { StepCounter } from './step-counter.ts';

/** A runtime whose loads, prompts and tokens are counted while they are waited for. */
export function countSteps(runtime: Runtime, steps: StepCounter): Runtime {
  return {
    ...runtime,
    async start(init) {
      const running = await steps.during(runtime.start({ ...init, tracker: counted(init.tracker, steps) }));
      const { audit, forward, sequence } = running;
      return {
        ...running,
        sequence: countedSequence(sequence, steps),
        audit: (ids, positions, options) => steps.during(audit(ids, positions, options)),
        forward: forward && ((request, options) => steps.during(forward(request, options))),
      };
    },
  };
}

/** An embedding runtime whose loads and batches are counted while they are waited for. */
export function countEmbeddingSteps(runtime: EmbeddingRuntime, steps: StepCounter): EmbeddingRuntime {
  return {
    ...runtime,
    async start(init) {
      const running = await steps.during(runtime.start({ ...init, tracker: counted(init.tracker, steps) }));
      return { ...running, embed: (texts) => steps.during(running.embed(texts)) };
    },
  };
}

function countedSequence(sequence: CachedSequence, steps: StepCounter): CachedSequence {
  return {
    ...sequence,
    append(ids, options) {
      const onProgress = (doneTokens: number) => {
        steps.step();
        options.onProgress?.(doneTokens);
      };
      return steps.during(sequence.append(ids, { ...options, onProgress }));
    },
    next: (id) => steps.during(sequence.next(id)),
  };
}

/** Whatever a load reports, it has got something done. */
function counted(tracker: LoadTracker, steps: StepCounter): LoadTracker {
  return {
    expect: tracker.expect,
    enter(phase) {
      steps.step();
      tracker.enter(phase);
    },
    smallBytes: tracker.smallBytes,
    weightBytes(receivedBytes) {
      steps.step();
      tracker.weightBytes(receivedBytes);
    },
    uploaded(share) {
      steps.step();
      tracker.uploaded(share);
    },
  };
}
