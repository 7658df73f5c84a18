/** Bytes of each of the two buffers; less where the device allows less. */
const BUFFER_BYTES = 33_554_432;
/** A measurement shorter than this is repeated with more copies. */
const ENOUGH_MS = 30;
const REPEATS = 5;
const MOST_COPIES = 4096;

/**
 * Bytes that the GPU copies from one buffer to another per second (each byte is read once and written once; counted
 * once). The figure that reading weights is measured against.
 */
export async function measureCopyBandwidth(
  device: GPUDevice,
  deps: { readonly nowMs: () => number },
  signal?: AbortSignal,
): Promise<number> {
  const size = Math.min(BUFFER_BYTES, device.limits.maxBufferSize);
  const from = device.createBuffer({ label: 'copy source', size, usage: GPUBufferUsage.COPY_SRC });
  const to = device.createBuffer({ label: 'copy target', size, usage: GPUBufferUsage.COPY_DST });
  const copy = async (times: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < times; i++) encoder.copyBufferToBuffer(from, 0, to, 0, size);
    const startedAtMs = deps.nowMs();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return deps.nowMs() - startedAtMs;
  };
  try {
    await copy(1);
    let copies = 2;
    let tookMs = await copy(copies);
    while (tookMs < ENOUGH_MS && copies < MOST_COPIES) {
      signal?.throwIfAborted();
      copies = Math.min(MOST_COPIES, Math.max(2 * copies, Math.ceil((copies * ENOUGH_MS) / Math.max(tookMs, 1))));
      tookMs = await copy(copies);
    }
    // The best of a few: whatever else the machine does only ever slows a copy down.
    for (let repeat = 1; repeat < REPEATS; repeat++) {
      signal?.throwIfAborted();
      tookMs = Math.min(tookMs, await copy(copies));
    }
    return (1000 * copies * size) / Math.max(tookMs, 1e-3);
  } finally {
    from.destroy();
    to.destroy();
  }
}
