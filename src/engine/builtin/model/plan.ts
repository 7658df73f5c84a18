import type { Kernel } from '../kernels/kernel.ts';
import type { GpuMatrix } from '../weights/gpu-matrix.ts';
import type { LayerWeights, ModelWeights } from '../weights/load-weights.ts';
import type { CompiledKernel, Compiler } from './compile.ts';
import type { KvCache } from './kv-cache.ts';
import type { NetworkKernels, ProductUse } from './network-kernels.ts';
import type { Scratch } from './scratch.ts';

/** A compiled kernel with the buffers it works on. */
export interface BoundKernel {
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
}

/** The kernels of a pass, in order. `embed` fills x from ids, `head` turns selected rows of x into logits. */
interface Pass {
  readonly embed: readonly BoundKernel[];
  readonly layers: readonly BoundKernel[];
  readonly head: readonly BoundKernel[];
}

/** Passes over one cache: for a chunk of tokens and for a single one (`one.head` also serves one row of a chunk). */
export interface Plan {
  readonly many: Pass;
  readonly one: Pass;
}

/** Makes plans for caches, once all kernels are compiled. */
export type Planner = (cache: KvCache) => Plan;

interface PlannerInit {
  readonly device: GPUDevice;
  readonly kernels: NetworkKernels;
  readonly weights: ModelWeights;
  readonly scratch: Scratch;
  readonly compiler: Compiler;
}

/** A step that is known but for the cache it works on. */
interface Step {
  readonly compiled: () => CompiledKernel;
  readonly buffers: (cache: KvCache) => readonly GPUBuffer[];
}

/** Lists every kernel a network needs (noting each with the compiler) and returns what binds them to a cache. */
export function createPlanner(init: PlannerInit): Planner {
  const many = listPass(init, 'many');
  const one = listPass(init, 'one');
  return (cache) => {
    const bind = (steps: readonly Step[]) => steps.map((step) => bindStep(init.device, step, cache));
    const bindPass = (pass: ListedPass): Pass => ({
      embed: bind(pass.embed),
      layers: bind(pass.layers),
      head: bind(pass.head),
    });
    return { many: bindPass(many), one: bindPass(one) };
  };
}

interface ListedPass {
  readonly embed: readonly Step[];
  readonly layers: readonly Step[];
  readonly head: readonly Step[];
}

function listPass(init: PlannerInit, mode: 'many' | 'one'): ListedPass {
  const { kernels, weights, scratch, compiler } = init;
  const fixed = (kernel: Kernel, ...buffers: GPUBuffer[]): Step => ({
    compiled: compiler.add(kernel),
    buffers: () => buffers,
  });
  const product = (matrix: GpuMatrix, use: ProductUse, x: GPUBuffer, bias: GPUBuffer | null, y: GPUBuffer): Step[] =>
    matrix.slabs.map((slab) => {
      const operands = [x, slab.weights, ...(slab.scales === null ? [] : [slab.scales])];
      const results = [...(bias === null ? [] : [bias]), y];
      return mode === 'one'
        ? fixed(kernels.matvec(matrix, slab, use), ...operands, ...results)
        : fixed(kernels.matmul(matrix, slab, use), scratch.step, ...operands, ...results);
    });
  const layer = (tensors: LayerWeights, index: number): Step[] => {
    const replace = { output: 'store', inputs: 'tokens', bias: false } as const;
    const add = { output: 'add', inputs: 'tokens', bias: false } as const;
    const cached = (kernel: Kernel, buffers: (keys: GPUBuffer, values: GPUBuffer) => GPUBuffer[]): Step => ({
      compiled: compiler.add(kernel),
      buffers: (cache) => buffers(cache.keys[index]!, cache.values[index]!),
    });
    const attention =
      mode === 'one'
        ? [
            cached(kernels.decodeAttention, (k, v) => [scratch.step, scratch.fused, k, v, scratch.partial]),
            fixed(kernels.joinAttention, scratch.partial, scratch.attended),
          ]
        : [cached(kernels.prefillAttention, (k, v) => [scratch.step, scratch.fused, k, v, scratch.attended])];
    const qkvUse = { ...replace, bias: tensors.qkvBias !== null };
    const headNorm =
      tensors.qNorm === null || tensors.kNorm === null
        ? []
        : [fixed(kernels.headNorm, scratch.step, scratch.fused, tensors.qNorm, tensors.kNorm)];
    return [
      fixed(kernels.norm, scratch.step, scratch.x, tensors.inputNorm, scratch.normed),
      ...product(tensors.qkv, qkvUse, scratch.normed, tensors.qkvBias, scratch.fused),
      ...headNorm,
      cached(kernels.rotate, (k, v) => [scratch.step, scratch.rope, scratch.fused, k, v]),
      ...attention,
      ...product(tensors.output, add, scratch.attended, null, scratch.x),
      fixed(kernels.norm, scratch.step, scratch.x, tensors.postNorm, scratch.normed),
      ...product(tensors.gateUp, replace, scratch.normed, null, scratch.gateUp),
      fixed(kernels.swiglu, scratch.step, scratch.gateUp, scratch.activated),
      ...product(tensors.down, add, scratch.activated, null, scratch.x),
    ];
  };
  const embed = (weights.embedding?.slabs ?? []).map((slab) => {
    const kernel = kernels.embedding(weights.embedding!, slab);
    const scales = slab.scales === null ? [] : [slab.scales];
    return fixed(kernel, scratch.step, scratch.ids, slab.weights, ...scales, scratch.x);
  });
  const head: Step[] =
    weights.head === null || weights.finalNorm === null
      ? []
      : [
          fixed(kernels.finalNorm, scratch.step, scratch.x, weights.finalNorm, scratch.selection, scratch.selected),
          ...product(
            weights.head,
            { output: 'store', inputs: 'selected', bias: false },
            scratch.selected,
            null,
            scratch.logits,
          ),
        ];
  return { embed, layers: weights.layers.flatMap(layer), head };
}

function bindStep(device: GPUDevice, step: Step, cache: KvCache): BoundKernel {
  const { kernel, pipeline, layout } = step.compiled();
  const entries = step.buffers(cache).map((buffer, binding) => ({ binding, resource: { buffer } }));
  return { kernel, pipeline, bindGroup: device.createBindGroup({ label: kernel.label, layout, entries }) };
}
