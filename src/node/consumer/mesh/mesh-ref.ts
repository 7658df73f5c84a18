import type { ModelRef } from '../../../engine/engine.ts';
import type { Hex32 } from '../../../protocol/ids.ts';
import { hex32 } from '../../../protocol/ids.ts';

/** Scheme of the address of a model that other nodes run: what follows is its manifest. */
const SCHEME = 'weft-mesh:';

/** A model that other nodes run, as one more model to pick. */
export function meshModelRef(model: { readonly id: string; readonly manifest: Hex32 }): ModelRef {
  return {
    id: `${SCHEME}${model.manifest}`,
    baseUrl: `${SCHEME}${model.manifest}`,
    libraryUrl: null,
    runtime: 'auto',
    contextLimit: null,
  };
}

/** The manifest of a model that other nodes run; null: one of this device. */
export function manifestOfRef(ref: Pick<ModelRef, 'baseUrl'>): Hex32 | null {
  return ref.baseUrl.startsWith(SCHEME) ? hex32(ref.baseUrl.slice(SCHEME.length)) : null;
}

/** As {@link manifestOfRef}, of a model's id alone. */
export function isMeshModelId(id: string): boolean {
  return id.startsWith(SCHEME);
}
