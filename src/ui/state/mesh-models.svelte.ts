import type { MeshModel, WeftApp } from '../../node/app.ts';
import { isMeshModelId, meshModelRef } from '../../node/consumer/mesh/mesh-ref.ts';
import { LiveValue } from './live-value.svelte.ts';

/** A model that other nodes run, with the id it is chosen by. */
export interface MeshChoice {
  readonly id: string;
  readonly model: MeshModel;
}

/** What the mesh serves right now, as far as a chat is concerned. */
export class MeshModels {
  readonly #source: LiveValue<readonly MeshModel[]>;
  readonly #forChat = $derived.by((): readonly MeshChoice[] =>
    this.all.filter(({ kind }) => kind === 'chat').map((model) => ({ id: meshModelRef(model).id, model })),
  );

  constructor(app: WeftApp) {
    this.#source = new LiveValue(app.mesh.models);
  }

  get all(): readonly MeshModel[] {
    return this.#source.current;
  }

  get forChat(): readonly MeshChoice[] {
    return this.#forChat;
  }

  /** The model of this id; null where nobody serves it now, or where it is one of this device. */
  find(modelId: string): MeshModel | null {
    return this.#forChat.find(({ id }) => id === modelId)?.model ?? null;
  }

  /** The id stands for a model of the mesh, whether or not somebody serves it now. */
  has(modelId: string): boolean {
    return isMeshModelId(modelId);
  }
}
