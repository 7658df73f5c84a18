import { toHex } from '../../protocol/ids.ts';
import type { ModelRef } from '../engine.ts';
import type { Fetch } from '../session/fetch-bytes.ts';
import { countTensors } from './count-tensors.ts';
import { storedFilesOf } from './stored-files.ts';

/**
 * Stores a model and its library as a download does, and answers for the folder from there, with a manifest made on the
 * way. `fetchFile` is asked for every file once.
 */
export async function storeModel(
  { baseUrl, libraryUrl }: Pick<ModelRef, 'baseUrl' | 'libraryUrl'>,
  fetchFile: (url: string) => Promise<Response> = (url) => fetch(url),
): Promise<Fetch> {
  if (libraryUrl === null) throw new Error('A model without a library is not for WebLLM.');
  const bytesOf = async (url: string) => {
    const response = await fetchFile(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    return response.arrayBuffer();
  };
  const index: unknown = await (await fetchFile(new URL('tensor-cache.json', baseUrl).href)).json();
  const { weightPaths } = countTensors(index, 'q0f32');
  const files: Record<string, { sizeBytes: number; sha256: string }> = {};
  const held = new Map<string, Blob>();
  for (const { store, url } of storedFilesOf({ baseUrl, libraryUrl, weightPaths })) {
    const bytes = await bytesOf(url);
    await (await caches.open(store)).put(url, new Response(bytes));
    if (store === 'webllm/wasm') continue;
    const sha256 = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))).slice(2);
    files[url.slice(baseUrl.length)] = { sizeBytes: bytes.byteLength, sha256 };
    held.set(url, new Blob([bytes]));
  }
  const manifest = { version: 1, model: 'stored model', quantization: 'any', files };
  held.set(new URL('weft-manifest.json', baseUrl).href, new Blob([JSON.stringify(manifest)]));
  return (url) => Promise.resolve(new Response(held.get(url) ?? null, { status: held.has(url) ? 200 : 404 }));
}
