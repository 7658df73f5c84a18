import { WeftError } from '../../../protocol/errors.ts';
import { STEP_BYTES, type Grid } from '../kernels/kernel.ts';
import type { BoundKernel } from './plan.ts';
import type { Scratch } from './scratch.ts';

/** A bound kernel with its grid worked out, for steps that are the same every time. */
export interface FixedDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly grid: Grid;
}

/** Writes inputs, submits passes and reads results back. */
export interface Runner {
  /** Rows of activations, tokens in the cache before them, and rows whose logits are wanted. */
  setStep(tokens: number, start: number, selected: number): void;
  setIds(ids: Uint32Array<ArrayBuffer>): void;
  setActivations(rows: Float32Array<ArrayBuffer>): void;
  /** Names the rows whose logits are wanted. */
  select(rows: readonly number[]): void;
  /** Submits `passes` for `tokens` rows (heads for `selected` rows), then an optional copy. */
  submit(passes: readonly (readonly BoundKernel[])[], counts: readonly number[], copy: CopyOut | null): void;
  /** Same for dispatches with fixed grids. */
  submitFixed(dispatches: readonly FixedDispatch[], copy: CopyOut | null): void;
  /** Resolves when everything submitted has run. Throws engine/device-lost. */
  settled(): Promise<void>;
  /** A buffer that results are copied to and read from. */
  createStaging(length: number): Staging;
}

interface CopyOut {
  readonly from: GPUBuffer;
  readonly to: Staging;
  readonly length: number;
}

/** A mappable buffer of f32 elements. */
export interface Staging {
  readonly buffer: GPUBuffer;
  /** Waits for the copy and writes `target.length` elements into `target`. Throws engine/device-lost, engine/not-loaded. */
  read(target: Float32Array): Promise<void>;
  destroy(): void;
}

/** A chunk of a large model is cut into submissions, since systems reset a GPU that is busy with one for seconds. */
const DISPATCHES_PER_SUBMIT = 64;

export function fixGrids(kernels: readonly BoundKernel[]): FixedDispatch[] {
  return kernels.map(({ pipeline, bindGroup, kernel }) => ({ pipeline, bindGroup, grid: kernel.grid(1) }));
}

export function createRunner(device: GPUDevice, scratch: Scratch): Runner {
  const { queue } = device;
  const step = new Uint32Array(STEP_BYTES / 4);
  const oneRow = new Uint32Array(1);
  // Row 0 of a fresh, zeroed buffer; null after several rows were named.
  let firstSelected: number | null = 0;
  let lost: GPUDeviceLostInfo | null = null;
  void device.lost.then((info) => (lost = info));

  const failure = (cause: unknown): WeftError => {
    if (lost?.reason === 'destroyed') {
      return new WeftError('engine/not-loaded', 'The model was unloaded while it was working.', { cause });
    }
    if (lost !== null) {
      return new WeftError('engine/device-lost', `The GPU stopped working for this page: ${lost.message}`, {
        hints: ['Try again. If it happens often, close other programs that use the GPU.'],
        cause,
        retryable: true,
      });
    }
    return WeftError.from(cause, 'engine/device-lost');
  };
  const finish = (encoder: GPUCommandEncoder, copy: CopyOut | null) => {
    if (copy !== null) encoder.copyBufferToBuffer(copy.from, 0, copy.to.buffer, 0, copy.length * 4);
    queue.submit([encoder.finish()]);
  };

  return {
    setStep(tokens, start, selected) {
      step[0] = tokens;
      step[1] = start;
      step[2] = selected;
      queue.writeBuffer(scratch.step, 0, step);
    },
    setIds(ids) {
      queue.writeBuffer(scratch.ids, 0, ids);
    },
    setActivations(rows) {
      queue.writeBuffer(scratch.x, 0, rows);
    },
    select(rows) {
      const [first] = rows;
      if (rows.length === 1 && first !== undefined) {
        if (first === firstSelected) return;
        firstSelected = first;
        oneRow[0] = first;
        queue.writeBuffer(scratch.selection, 0, oneRow);
        return;
      }
      firstSelected = null;
      queue.writeBuffer(scratch.selection, 0, new Uint32Array(rows));
    },
    submit(passes, counts, copy) {
      const work = passes.flatMap((kernels, i) => kernels.map((bound) => ({ bound, count: counts[i] ?? 1 })));
      for (let from = 0; from < work.length || from === 0; from += DISPATCHES_PER_SUBMIT) {
        const encoder = device.createCommandEncoder();
        const compute = encoder.beginComputePass();
        for (const { bound, count } of work.slice(from, from + DISPATCHES_PER_SUBMIT)) {
          const [x, y, z] = bound.kernel.grid(count);
          compute.setPipeline(bound.pipeline);
          compute.setBindGroup(0, bound.bindGroup);
          compute.dispatchWorkgroups(x, y, z);
        }
        compute.end();
        finish(encoder, from + DISPATCHES_PER_SUBMIT < work.length ? null : copy);
      }
    },
    submitFixed(dispatches, copy) {
      const encoder = device.createCommandEncoder();
      const compute = encoder.beginComputePass();
      for (const { pipeline, bindGroup, grid } of dispatches) {
        compute.setPipeline(pipeline);
        compute.setBindGroup(0, bindGroup);
        compute.dispatchWorkgroups(grid[0], grid[1], grid[2]);
      }
      compute.end();
      finish(encoder, copy);
    },
    async settled() {
      try {
        await queue.onSubmittedWorkDone();
      } catch (error) {
        throw failure(error);
      }
      if (lost !== null) throw failure(undefined);
    },
    createStaging(length) {
      const buffer = device.createBuffer({
        label: 'staging',
        size: length * 4,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      return {
        buffer,
        async read(target) {
          try {
            await buffer.mapAsync(GPUMapMode.READ, 0, target.byteLength);
          } catch (error) {
            // The loss is announced on another promise; let it arrive so that the error names it.
            await Promise.resolve();
            throw failure(error);
          }
          target.set(new Float32Array(buffer.getMappedRange(0, target.byteLength)));
          buffer.unmap();
        },
        destroy: () => buffer.destroy(),
      };
    },
  };
}
