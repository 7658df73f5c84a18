import { TopicValidatorResult } from '@libp2p/gossipsub';
import { WeftError } from '../../protocol/errors.ts';
import { sealCard } from '../../protocol/mesh/capability-card.ts';
import type { CapabilityCard } from '../../protocol/mesh/capability-card.ts';
import { CARD_LIFETIME_S, CARDS_TOPIC } from '../../protocol/mesh/constants.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { MAX_HELLO_CARDS, decodeHello, encodeCards, encodeHello } from '../hello/hello.ts';
import { BYE_WITHIN_MS, CARD_GAP_MS, HELLO_EVERY_MS } from './constants.ts';
import type { MeshLibp2p } from './create-libp2p.ts';
import type { Directory } from './directory.ts';
import type { MeshStream, Offence } from './mesh-host.ts';

type OwnCard = Pick<CapabilityCard, 'roles' | 'models' | 'load' | 'isAccepting'>;

/** Says who this node is, and hears who the others are. */
export interface Greetings {
  setCard(card: OwnCard): void;
  /** Exchanges cards with a node that is connected. */
  greet(peerId: string): void;
  /** The other side of a greeting. */
  answer(stream: MeshStream): Promise<void>;
  /** Tells everybody that this node goes. */
  leave(): Promise<void>;
  stop(): void;
}

export interface GreetInit {
  readonly peerId: string;
  readonly software: string;
}

export interface GreetDeps {
  readonly gossip: MeshLibp2p['services']['gossip'];
  readonly directory: Directory;
  readonly signer: NodeSigner;
  /** Opens a stream of greetings on a connection that is there. */
  readonly open: (peerId: string) => Promise<MeshStream>;
  /** Relays that are up. */
  readonly relays: () => readonly string[];
  /** Others that are connected directly. */
  readonly neighbours: () => readonly string[];
  readonly report: (peerId: string, offence: Offence) => void;
  /** Whether this one may bring one more card by gossip now. */
  readonly mayBring: (peerId: string) => boolean;
  readonly nowMs: () => number;
  readonly onChange: () => void;
  /** A node says that it goes. */
  readonly onBye: (peerId: string) => void;
}

export function createGreetings(init: GreetInit, deps: GreetDeps): Greetings {
  const { gossip, directory, signer, open, relays, report, nowMs, onChange } = deps;
  let own: OwnCard | null = null;
  let sealed: Uint8Array<ArrayBuffer> | null = null;
  let issuedAt = 0;
  let publishedAtMs = -Infinity;
  let soon: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;

  /** Each card is newer than the one before, or it would not count. */
  const seal = () => {
    if (own === null) return;
    issuedAt = Math.max(Math.floor(nowMs() / 1_000), issuedAt + 1);
    const card: CapabilityCard = {
      version: 1,
      address: signer.address,
      peerId: init.peerId,
      software: init.software,
      issuedAt,
      expiresAt: issuedAt + CARD_LIFETIME_S,
      ...own,
    };
    sealed = sealCard(card, signer);
  };

  const publish = () => {
    publishedAtMs = nowMs();
    seal();
    if (sealed !== null) void gossip.publish(CARDS_TOPIC, sealed).catch(() => undefined);
  };

  /** Says it to everybody, and hears who is there. */
  const publishAndGreet = () => {
    // Gossip before greeting: a relay passes on what is news to it.
    publish();
    for (const relay of relays()) greet(relay);
  };

  /**
   * Tells of a change. A relay that listens has it from gossip: a greeting besides would count as another card, of which
   * it takes few, and be answered with those of everybody.
   */
  const publishChange = () => {
    publish();
    const listening = new Set(gossip.getSubscribers(CARDS_TOPIC).map(String));
    for (const relay of relays()) if (!listening.has(relay)) greet(relay);
  };

  const publishSoon = () => {
    if (isStopped || soon !== undefined) return;
    soon = setTimeout(
      () => {
        soon = undefined;
        if (!isStopped) publishChange();
      },
      Math.max(0, publishedAtMs + CARD_GAP_MS - nowMs()),
    );
  };

  /** Keeps a card, and tells whoever brought it off where nobody honest brings such. */
  const receive = (bytes: Uint8Array, bringer: string): 'news' | 'known' | 'bad' => {
    try {
      const card = directory.receive(bytes, bringer);
      if (card === null) return 'known';
      onChange();
      return 'news';
    } catch (error) {
      // A clock that is off is no offence, and the bytes do not tell it apart from an old card that is sent again.
      if (WeftError.from(error).code === 'eip712/bad-signature') report(bringer, 'lied');
      return 'bad';
    }
  };

  async function exchange(peerId: string) {
    const stream = await open(peerId);
    await stream.send(encodeHello({ t: 'hello', card: sealed }));
    void stream.close();
    let count = 0;
    for await (const bytes of stream.messages) {
      try {
        const message = decodeHello(bytes);
        if (message.t !== 'cards') throw new WeftError('mesh/bad-message', 'A greeting was answered by another.');
        count += message.cards.length;
        if (count > MAX_HELLO_CARDS) throw new WeftError('mesh/bad-message', 'A node sent too many cards.');
        for (const card of message.cards) receive(card, peerId);
      } catch (error) {
        report(peerId, 'bad-message');
        stream.abort();
        throw error;
      }
    }
  }

  function greet(peerId: string) {
    // Whoever cannot be greeted now is greeted next time.
    if (!isStopped) void exchange(peerId).catch(() => undefined);
  }

  gossip.topicValidators.set(CARDS_TOPIC, (bringer, message) => {
    if (message.type !== 'signed') return TopicValidatorResult.Reject;
    if (!deps.mayBring(bringer.toString())) {
      report(bringer.toString(), 'flood');
      return TopicValidatorResult.Reject;
    }
    const verdict = receive(message.data, bringer.toString());
    if (verdict === 'news') return TopicValidatorResult.Accept;
    return verdict === 'known' ? TopicValidatorResult.Ignore : TopicValidatorResult.Reject;
  });
  gossip.addEventListener('subscription-change', ({ detail }) => {
    // A relay that listens from now on has not heard what was said before.
    if (relays().includes(detail.peerId.toString())) publishSoon();
  });
  gossip.subscribe(CARDS_TOPIC);
  const timer = setInterval(publishAndGreet, HELLO_EVERY_MS);

  return {
    setCard(card) {
      own = card;
      if (sealed === null) seal();
      publishSoon();
    },
    greet,
    async answer(stream) {
      for await (const bytes of stream.messages) {
        let message;
        try {
          message = decodeHello(bytes);
          if (message.t === 'cards') throw new WeftError('mesh/bad-message', 'A node answered what nobody asked.');
        } catch (error) {
          report(stream.peer.peerId, 'bad-message');
          throw error;
        }
        if (message.t === 'bye') {
          directory.delete(stream.peer.peerId);
          onChange();
          deps.onBye(stream.peer.peerId);
        } else {
          if (message.card !== null) receive(message.card, stream.peer.peerId);
          for (const cards of encodeCards(sealed === null ? [] : [sealed])) await stream.send(cards);
        }
        break;
      }
      await stream.close();
    },
    async leave() {
      if (own !== null) {
        own = { ...own, models: [], isAccepting: false };
        publishAndGreet();
      }
      const bye = encodeHello({ t: 'bye' });
      const said = [...relays(), ...deps.neighbours()].map(async (peerId) => {
        const stream = await open(peerId);
        await stream.send(bye);
        await stream.close();
      });
      await Promise.race([
        Promise.allSettled(said),
        new Promise((resolve) => {
          setTimeout(resolve, BYE_WITHIN_MS);
        }),
      ]);
    },
    stop() {
      isStopped = true;
      clearInterval(timer);
      clearTimeout(soon);
    },
  };
}
