import type { KnownNode } from '../../../mesh/host/mesh-host.ts';
import type { CardModel } from '../../../protocol/mesh/capability-card.ts';
import type { MeshModel } from '../../mesh/mesh-view.ts';

/** What members serve, one entry for each model, by how many serve it. */
export function meshModelsOf(nodes: readonly KnownNode[]): readonly MeshModel[] {
  const byManifest = new Map<string, CardModel[]>();
  for (const { card } of nodes) {
    if (!card.isAccepting) continue;
    for (const model of card.models) {
      const key = `${model.kind} ${model.manifest}`;
      byManifest.set(key, [...(byManifest.get(key) ?? []), model]);
    }
  }
  return [...byManifest.values()]
    .map((offers) => {
      // What a model is follows from its manifest; nodes can name it as they like, so the first word counts.
      const { id, title, manifest, kind, quantization, parameterCount, vision, tools } = offers[0]!;
      return {
        ...{ id, title, manifest, kind, quantization, parameterCount, vision, tools },
        contextLimit: Math.max(...offers.map(({ contextLimit }) => contextLimit)),
        providers: offers.length,
        decodeTokensPerSecond: Math.max(...offers.map(({ decodeTokensPerSecond }) => decodeTokensPerSecond)),
        pricePerTokenWei: offers.map((offer) => BigInt(offer.pricePerTokenWei)).reduce((a, b) => (a < b ? a : b)),
      };
    })
    .sort((a, b) => b.providers - a.providers || b.parameterCount - a.parameterCount);
}
