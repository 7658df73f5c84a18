import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBuiltinRuntime } from '../builtin/builtin-runtime.ts';
import { DEFAULT_VARIANTS } from '../builtin/kernels/kernel-variants.ts';
import { createTransformer } from '../builtin/model/create-transformer.ts';
import { acquireDevice } from '../device.ts';
import { guideRef } from '../engine.fixture.ts';
import { countSteps } from './count-steps.ts';
import { createLoadTracker } from './load-tracker.ts';
import { openModelFolder } from './model-folder.ts';
import type { RunningModel } from './runtime.ts';
import { createStepCounter } from './step-counter.ts';

let running: RunningModel | null = null;
afterEach(() => {
  vi.restoreAllMocks();
  running?.destroy();
  running = null;
});

async function start() {
  const steps = createStepCounter();
  const runtime = createBuiltinRuntime({
    acquireDevice: () => acquireDevice({ gpu: navigator.gpu, isSecureContext, userAgent: '' }),
    createTransformer,
    chooseVariants: () => Promise.resolve(DEFAULT_VARIANTS),
  });
  const folder = await openModelFolder({ ref: guideRef }, { fetch });
  const starting = countSteps(runtime, steps).start({ ref: guideRef, folder, tracker: createLoadTracker(undefined) });
  expect(steps.progress()).not.toBeNull();
  running = await starting;
  return { steps, ...running };
}

describe('the steps of a model', () => {
  it('are counted while a load, a prompt or a token is waited for, and else there is nothing to wait for', async () => {
    const { steps, sequence, audit } = await start();
    expect(steps.progress()).toBeNull();
    const prompt = sequence.append(Uint32Array.of(1, 2, 3), {});
    const before = steps.progress();
    expect(before).toBeGreaterThan(0);
    await prompt;
    const token = sequence.next(4);
    expect(steps.progress()).toBeGreaterThan(before!);
    await token;
    await audit(Uint32Array.of(1, 2), Uint32Array.of(1), {});
    expect(steps.progress()).toBeNull();
  });

  it('stand still where the GPU never answers', async () => {
    const { steps, sequence } = await start();
    await sequence.append(Uint32Array.of(1, 2, 3), {});
    vi.spyOn(GPUBuffer.prototype, 'mapAsync').mockReturnValue(new Promise(() => undefined));
    void sequence.next(4);
    const before = steps.progress();
    expect(before).not.toBeNull();
    await running!.device.queue.onSubmittedWorkDone();
    expect(steps.progress()).toBe(before);
  });

  it('go on where one fails', async () => {
    const { steps, sequence, device } = await start();
    device.destroy();
    await expect(sequence.append(Uint32Array.of(1, 2, 3), {})).rejects.toThrow();
    expect(steps.progress()).toBeNull();
  });
});
