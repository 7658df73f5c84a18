import type { TensorRecord } from './tensor-index.ts';
import type { WeightSource } from './weight-source.ts';
import { widen } from './widen.ts';

/** A part of a record's bytes and the buffer it goes to; offsets are multiples of 4. */
interface UploadPart {
  readonly buffer: GPUBuffer;
  readonly fromByte: number;
  readonly toByte: number;
}

/** A record and where its bytes go: as they are, or widened to f32. */
export interface UploadJob {
  readonly record: TensorRecord;
  readonly widen: boolean;
  readonly parts: readonly UploadPart[];
}

export interface UploadOptions {
  readonly signal?: AbortSignal;
  readonly onUpload?: (loadedBytes: number, totalBytes: number) => void;
}

/** Bytes read and written at once. */
const PIECE_BYTES = 8 << 20;

/** Bytes the queue may hold in staging memory before the uploader waits for the GPU. */
const IN_FLIGHT_BYTES = 64 << 20;

/**
 * Copies records to the GPU in the order of the files, in pieces, so that no second copy of the model is ever in memory.
 * Rejects with the source's errors or the signal's reason.
 */
export async function upload(
  device: GPUDevice,
  source: WeightSource,
  jobs: readonly UploadJob[],
  options: UploadOptions,
): Promise<void> {
  const order = new Map(source.index.files.map((file, i) => [file.path, i]));
  const fileOf = (job: UploadJob) => order.get(job.record.path) ?? 0;
  const sorted = [...jobs].sort((a, b) => fileOf(a) - fileOf(b) || a.record.byteOffset - b.record.byteOffset);
  const totalBytes = sorted.reduce((sum, job) => sum + job.record.byteLength, 0);
  const readOptions = options.signal === undefined ? {} : { signal: options.signal };
  let loadedBytes = 0;
  let inFlightBytes = 0;
  let path: string | null = null;
  for (const job of sorted) {
    if (path !== null && path !== job.record.path) source.release(path);
    path = job.record.path;
    for (const part of job.parts) {
      for (let from = part.fromByte; from < part.toByte; from += PIECE_BYTES) {
        options.signal?.throwIfAborted();
        const length = Math.min(PIECE_BYTES, part.toByte - from);
        const bytes = await source.read(path, job.record.byteOffset + from, length, readOptions);
        writePiece(device, job, part, from, bytes);
        inFlightBytes += length;
        if (inFlightBytes > IN_FLIGHT_BYTES) {
          await device.queue.onSubmittedWorkDone();
          inFlightBytes = 0;
        }
      }
    }
    loadedBytes += job.record.byteLength;
    options.onUpload?.(loadedBytes, totalBytes);
  }
  if (path !== null) source.release(path);
}

function writePiece(
  device: GPUDevice,
  job: UploadJob,
  part: UploadPart,
  from: number,
  bytes: Uint8Array<ArrayBuffer>,
): void {
  const { stored } = job.record;
  if (job.widen && stored !== 'uint32') {
    const ratio = stored === 'float32' ? 1 : 2;
    device.queue.writeBuffer(part.buffer, (from - part.fromByte) * ratio, widen(bytes, stored));
    return;
  }
  let piece = bytes;
  if (bytes.byteLength % 4 !== 0) {
    // Only the last piece of a tensor with an odd number of halves: WebGPU writes whole words.
    piece = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
    piece.set(bytes);
  }
  device.queue.writeBuffer(part.buffer, from - part.fromByte, piece);
}
