import { WeftError } from '../../../protocol/errors.ts';
import type { BindingKind, Kernel } from '../kernels/kernel.ts';

/** A kernel the device has compiled. */
export interface CompiledKernel {
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles kernels at once and each distinct text only once. */
export interface Compiler {
  /** Notes a kernel; the result is usable after {@link finish}. */
  add(kernel: Kernel): () => CompiledKernel;
  /** Awaits all pipelines. Throws engine/shader. */
  finish(): Promise<void>;
}

const BUFFER_TYPES: Record<BindingKind, GPUBufferBindingType> = {
  uniform: 'uniform',
  read: 'read-only-storage',
  write: 'storage',
};

export function createCompiler(device: GPUDevice): Compiler {
  const layouts = new Map<string, GPUBindGroupLayout>();
  const pending = new Map<string, Promise<CompiledKernel>>();
  const done = new Map<string, CompiledKernel>();

  const layoutFor = (bindings: readonly BindingKind[]): GPUBindGroupLayout => {
    const key = bindings.join();
    let layout = layouts.get(key);
    if (layout === undefined) {
      layout = device.createBindGroupLayout({
        label: key,
        entries: bindings.map((kind, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: BUFFER_TYPES[kind] },
        })),
      });
      layouts.set(key, layout);
    }
    return layout;
  };

  const compile = async (kernel: Kernel): Promise<CompiledKernel> => {
    const layout = layoutFor(kernel.bindings);
    const module = device.createShaderModule({ label: kernel.label, code: kernel.code });
    try {
      const pipeline = await device.createComputePipelineAsync({
        label: kernel.label,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main' },
      });
      return { kernel, pipeline, layout };
    } catch (cause) {
      const info = await module.getCompilationInfo();
      const first = info.messages.find((message) => message.type === 'error');
      const detail = first === undefined ? String(cause) : `line ${first.lineNum}: ${first.message}`;
      throw new WeftError('engine/shader', `This GPU did not compile the kernel "${kernel.label}" (${detail}).`, {
        hints: ['Update the browser and the graphics driver.'],
        cause,
      });
    }
  };

  return {
    add(kernel) {
      if (!pending.has(kernel.code)) {
        const promise = compile(kernel).then((compiled) => {
          done.set(kernel.code, compiled);
          return compiled;
        });
        // Awaited in finish(); until then a rejection is not unhandled.
        promise.catch(() => undefined);
        pending.set(kernel.code, promise);
      }
      return () => {
        const compiled = done.get(kernel.code);
        if (compiled === undefined) throw new WeftError('app/internal', `"${kernel.label}" is not compiled yet.`);
        return { ...compiled, kernel };
      };
    },
    async finish() {
      await Promise.all(pending.values());
    },
  };
}
