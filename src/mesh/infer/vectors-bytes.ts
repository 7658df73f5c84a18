const BYTES_PER_NUMBER = 4;

/** Little-endian, one vector after the other. */
export function writeVectors(vectors: readonly Float32Array[]): { data: Uint8Array<ArrayBuffer>; dimensions: number } {
  const dimensions = vectors[0]?.length ?? 0;
  const data = new Uint8Array(BYTES_PER_NUMBER * dimensions * vectors.length);
  const view = new DataView(data.buffer);
  let at = 0;
  for (const vector of vectors) {
    for (const number of vector) {
      view.setFloat32(at, number, true);
      at += BYTES_PER_NUMBER;
    }
  }
  return { data, dimensions };
}

/** What {@link writeVectors} wrote; null for what is no list of finite vectors. */
export function readVectors(data: Uint8Array, dimensions: number): readonly Float32Array[] | null {
  const bytes = BYTES_PER_NUMBER * dimensions;
  if (data.length % bytes !== 0) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const vectors = Array.from({ length: data.length / bytes }, (_, at) =>
    Float32Array.from({ length: dimensions }, (_, i) => view.getFloat32(at * bytes + i * BYTES_PER_NUMBER, true)),
  );
  return vectors.every((vector) => vector.every(Number.isFinite)) ? vectors : null;
}
