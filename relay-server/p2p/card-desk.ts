import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Address } from '../../src/protocol/ids.ts';
import type { CardDirectory } from './card-directory.ts';
import { CARD_WINDOW_S, CARDS_PER_WINDOW, GOSSIP_PER_WINDOW } from './constants.ts';
import { readCard } from './read-card.ts';

/** What becomes of a card: it counts; it is none that this relay keeps or wants now; or its bringer did wrong. */
type Verdict = 'accept' | 'ignore' | 'reject';

/** Where all cards arrive, by gossip or by greeting. */
export interface CardDesk {
  /** `author` claims to have made it; `bringer` passed it on. */
  receive(sealed: Uint8Array, author: string, bringer: string): Promise<Verdict>;
}

export interface CardDeskDeps {
  readonly directory: CardDirectory;
  readonly isAdmitted: (address: Address) => boolean;
  readonly nowS: () => number;
}

export function createCardDesk({ directory, isAdmitted, nowS }: CardDeskDeps): CardDesk {
  const perBringer = new RateLimiterMemory({ points: GOSSIP_PER_WINDOW, duration: CARD_WINDOW_S });
  const perAuthor = new RateLimiterMemory({ points: CARDS_PER_WINDOW, duration: CARD_WINDOW_S });
  const isWithin = (limiter: RateLimiterMemory, key: string) =>
    limiter.consume(key).then(
      () => true,
      () => false,
    );
  return {
    async receive(sealed, author, bringer) {
      // Before any signature is looked at: checking them is what a flood would cost.
      if (!(await isWithin(perBringer, bringer))) return 'reject';
      if (!(await isWithin(perAuthor, author))) return author === bringer ? 'reject' : 'ignore';
      try {
        const card = readCard(sealed, author, nowS());
        if (!isAdmitted(card.address)) return 'ignore';
        // What is known already is passed on no further; to bring it is no offence.
        return directory.put(card, sealed) ? 'accept' : 'ignore';
      } catch {
        // Whatever is wrong with it is its bringer's fault.
        return 'reject';
      }
    },
  };
}
