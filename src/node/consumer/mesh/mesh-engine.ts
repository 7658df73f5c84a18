import type { Engine } from '../../../engine/engine.ts';
import { WeftError } from '../../../protocol/errors.ts';
import type { MeshConsumer } from './mesh-consumer.ts';
import { manifestOfRef } from './mesh-ref.ts';

export interface MeshEngineDeps {
  /** This device's own. */
  readonly local: Engine;
  /** Null while this node is on no mesh. */
  readonly consumer: () => Promise<MeshConsumer | null>;
  /** True once the person agreed that other nodes may read what they ask. */
  readonly mayAskOthers: () => Promise<boolean>;
}

/**
 * One engine for the models of this device and those of other nodes: which is meant follows from the model's address, so
 * whoever asks (a chat, another tab, a gateway) need not know. The GPU here is not waited for where another one answers.
 */
export function createMeshEngine({ local, consumer, mayAskOthers }: MeshEngineDeps): Engine {
  const mesh = async (): Promise<MeshConsumer> => {
    const joined = await consumer();
    if (joined !== null) return joined;
    throw new WeftError('mesh/no-relay', 'This model is on a mesh that this device has not joined.', {
      hints: ['Join the mesh under Network, or choose a model of this device.'],
    });
  };
  const agreed = async (): Promise<MeshConsumer> => {
    if (await mayAskOthers()) return mesh();
    throw new WeftError('mesh/not-agreed', 'Another node would read this question; you have not agreed to that yet.', {
      hints: ['Agree when Weft asks, or choose a model of this device.'],
    });
  };
  const notRemote = (what: string): WeftError =>
    new WeftError('engine/bad-input', `Another node's model cannot be used to ${what}.`);

  return {
    ...local,
    async load(model, options) {
      const manifest = manifestOfRef(model);
      if (manifest === null) return local.load(model, options);
      return (await mesh()).describe(manifest, options.signal ?? new AbortController().signal);
    },
    async *generate(request, options) {
      const { model, ...prompt } = request;
      const manifest = manifestOfRef(model);
      if (manifest === null) yield* local.generate(request, options);
      else yield* (await agreed()).generate(manifest, prompt, options.signal ?? new AbortController().signal);
    },
    async embed({ model, inputs }, options) {
      const manifest = manifestOfRef(model);
      if (manifest === null) return local.embed({ model, inputs }, options);
      return (await agreed()).embed(manifest, inputs, options.signal ?? new AbortController().signal);
    },
    audit(request, options) {
      if (manifestOfRef(request.model) !== null) return Promise.reject(notRemote('audit'));
      return local.audit(request, options);
    },
    forward(request, options) {
      if (manifestOfRef(request.model) !== null) return Promise.reject(notRemote('run a part of it'));
      return local.forward(request, options);
    },
  };
}
