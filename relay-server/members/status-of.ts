import type { Address, Hex32 } from '../../src/protocol/ids.ts';
import type { CapabilityCard } from '../../src/protocol/mesh/capability-card.ts';
import type { RelayStatus } from '../../src/protocol/mesh/relay-info.ts';

type ServedModel = RelayStatus['models'][number];

/** Lines of one status, as its schema bounds them. */
const MAX_MODELS = 256;

/** What the members' cards say together: no addresses, nothing that tells nodes apart. A node's load counts for each of its models. */
export function statusOf(
  cards: readonly CapabilityCard[],
  init: { readonly relay: Address; readonly online: number; readonly nowS: number },
): RelayStatus {
  const models = new Map<Hex32, ServedModel>();
  for (const { models: offered, load, isAccepting } of cards) {
    if (!isAccepting) continue;
    for (const { id, title, manifest } of offered) {
      const known = models.get(manifest);
      if (known === undefined && models.size >= MAX_MODELS) continue;
      models.set(manifest, {
        id: known?.id ?? id,
        title: known?.title ?? title,
        manifest,
        providers: (known?.providers ?? 0) + 1,
        running: (known?.running ?? 0) + load.running,
        waiting: (known?.waiting ?? 0) + load.waiting,
      });
    }
  }
  return { version: 1, relay: init.relay, issuedAt: init.nowS, online: init.online, models: [...models.values()] };
}
