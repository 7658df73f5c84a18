import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

const FOLDER = new URL('../../../public/models/weft-guide/', import.meta.url);

/** The built-in model's files by name, its manifest among them. */
export async function readGuideFiles(): Promise<Map<string, Uint8Array>> {
  const names = await readdir(FOLDER);
  const files = await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, FOLDER))] as const));
  return new Map(files.map(([name, bytes]) => [name, new Uint8Array(bytes)]));
}

export const jsonOf = (bytes: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(bytes));
export const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Writes a manifest that fits the files as they are now. */
export function writeManifest(files: Map<string, Uint8Array>): void {
  files.delete('weft-manifest.json');
  const entries = [...files].map(([name, bytes]) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return [name, { sizeBytes: bytes.length, sha256 }] as const;
  });
  const manifest = { version: 1, model: 'weft-guide', quantization: 'q0f16', files: Object.fromEntries(entries) };
  files.set('weft-manifest.json', bytesOf(manifest));
}
