import type { Kernel } from '../kernels/kernel.ts';
import { createCompiler, type Compiler } from '../model/compile.ts';

interface KernelRun {
  /** Contents of the bindings in order, without the step's uniform. */
  readonly buffers: readonly (Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>)[];
  readonly tokens?: number;
  readonly start?: number;
  readonly selected?: number;
}

/** Runs one kernel on its own and returns the contents of each of its buffers afterwards, as f32. */
export type RunKernel = (kernel: Kernel, run: KernelRun) => Promise<Float32Array[]>;

/** A {@link RunKernel} on this device that compiles each text once. */
export function createKernelRunner(device: GPUDevice): RunKernel {
  const compiler = createCompiler(device);
  return (kernel, run) => runKernel(device, compiler, kernel, run);
}

async function runKernel(
  device: GPUDevice,
  compiler: Compiler,
  kernel: Kernel,
  run: KernelRun,
): Promise<Float32Array[]> {
  const compiled = compiler.add(kernel);
  await compiler.finish();
  const { pipeline, layout } = compiled();
  const tokens = run.tokens ?? 1;
  const selected = run.selected ?? 0;
  const { COPY_DST, COPY_SRC, MAP_READ, STORAGE, UNIFORM } = GPUBufferUsage;
  const filled = (data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, usage: number) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: usage | COPY_DST | COPY_SRC });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  const step = filled(new Uint32Array([tokens, run.start ?? 0, selected, 0]), UNIFORM);
  const storage = run.buffers.map((data) => filled(data, STORAGE));
  const bound = kernel.bindings[0] === 'uniform' ? [step, ...storage] : storage;
  const bindGroup = device.createBindGroup({
    layout,
    entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...kernel.grid(selected > 0 ? selected : tokens));
  pass.end();
  const copies = storage.map((buffer) => {
    const copy = device.createBuffer({ size: buffer.size, usage: COPY_DST | MAP_READ });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    return copy;
  });
  device.queue.submit([encoder.finish()]);
  const results: Float32Array[] = [];
  for (const copy of copies) {
    await copy.mapAsync(GPUMapMode.READ);
    results.push(new Float32Array(copy.getMappedRange().slice(0)));
    copy.destroy();
  }
  for (const buffer of [step, ...storage]) buffer.destroy();
  return results;
}
