import type { CompiledKernel } from './compile.ts';

/** A kernel on buffers of its own, ready to be timed. */
export interface TimedKernel {
  readonly compiled: CompiledKernel;
  readonly bindGroup: GPUBindGroup;
  /** Tokens the grid is for. */
  readonly count: number;
}

/** Shortest run that counts: well above the noise of a submission. */
const LONG_ENOUGH_MS = 3;

/** The first try runs this part of the grid, so that a slow variant is found out without running it whole. */
const FIRST_PART = 1 / 64;
const MOST_REPEATS = 256;

/** Further runs of the same length; the shortest counts. */
const CONFIRMATIONS = 2;

/**
 * Milliseconds of one run of a kernel, from growing parts of its grid and then repeats of it, until one submission takes
 * 3 ms. Gives up early, with what it has, once the estimate exceeds `limitMs`.
 */
export async function timeKernel(device: GPUDevice, timed: TimedKernel, limitMs: number): Promise<number> {
  const emptyMs = await run(device, timed, 0, 1);
  // The first run of a pipeline may still be compiling behind the scenes.
  await run(device, timed, FIRST_PART, 1);
  let part = FIRST_PART;
  let repeats = 1;
  for (;;) {
    let took = Math.max(0, (await run(device, timed, part, repeats)) - emptyMs);
    const [x] = timed.compiled.kernel.grid(timed.count);
    const share = Math.max(1, Math.floor(x * part)) / x;
    const estimate = took / (share * repeats);
    if (took >= LONG_ENOUGH_MS || repeats >= MOST_REPEATS) {
      if (estimate > limitMs) return estimate;
      // Whatever else the machine does only ever adds time.
      for (let i = 0; i < CONFIRMATIONS; i += 1) {
        took = Math.min(took, Math.max(0, (await run(device, timed, part, repeats)) - emptyMs));
      }
      return took / (share * repeats);
    }
    if (took >= LONG_ENOUGH_MS / 3 && estimate > limitMs) return estimate;
    if (part < 1) part = Math.min(1, part * 4);
    else repeats *= 4;
  }
}

async function run(device: GPUDevice, timed: TimedKernel, part: number, repeats: number): Promise<number> {
  const { compiled, bindGroup, count } = timed;
  const [x, y, z] = compiled.kernel.grid(count);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(compiled.pipeline);
  pass.setBindGroup(0, bindGroup);
  for (let i = 0; i < repeats && part > 0; i += 1) {
    pass.dispatchWorkgroups(Math.max(1, Math.floor(x * part)), y, z);
  }
  pass.end();
  const startMs = performance.now();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  return performance.now() - startMs;
}
