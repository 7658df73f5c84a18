import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventReader } from './event-reader.ts';

/** A chain in memory whose last blocks can be replaced; block n holds the events that were put into it. */
class Chain {
  readonly blocks: { readonly hash: `0x${string}`; readonly events: readonly string[] }[] = [];
  logCalls: (readonly [bigint, bigint])[] = [];
  #made = 0;

  mine(...events: string[]) {
    this.blocks.push({ hash: `0x${(this.#made++).toString(16)}`, events });
  }

  /** Takes the last blocks away. */
  drop(count: number) {
    this.blocks.splice(Math.max(1, this.blocks.length - count));
  }

  all(from = 0): string[] {
    return this.blocks.slice(from).flatMap(({ events }) => events);
  }

  reader({ fromBlock = 0n, maxEvents = 1_000 } = {}) {
    return createEventReader<{ readonly block: bigint; readonly name: string }>(
      { fromBlock, maxEvents },
      {
        latest: () => Promise.resolve({ number: BigInt(this.blocks.length - 1), hash: this.blocks.at(-1)!.hash }),
        hashAt: (number) => Promise.resolve(this.blocks[Number(number)]?.hash ?? null),
        logs: (from, to) => {
          this.logCalls.push([from, to]);
          const found = [];
          for (let n = from; n <= to; n++) {
            for (const name of this.blocks[Number(n)]?.events ?? []) found.push({ block: n, name });
          }
          return Promise.resolve(found);
        },
        blockOf: ({ block }) => block,
      },
    );
  }
}

const names = async (reader: ReturnType<Chain['reader']>) => (await reader.read()).events.map(({ name }) => name);

describe('an event reader', () => {
  it('reads on from where it was', async () => {
    const chain = new Chain();
    chain.mine('a');
    const reader = chain.reader();
    expect(await names(reader)).toEqual(['a']);
    chain.mine('b', 'c');
    expect(await names(reader)).toEqual(['a', 'b', 'c']);
    expect(chain.logCalls).toEqual([
      [0n, 0n],
      [1n, 1n],
    ]);
    await reader.read();
    expect(chain.logCalls).toHaveLength(2);
  });

  it('asks for bounded spans', async () => {
    const chain = new Chain();
    for (let i = 0; i < 4_500; i++) chain.mine(...(i % 1_000 === 7 ? [`e${i}`] : []));
    expect(await names(chain.reader({ fromBlock: 100n }))).toEqual(['e1007', 'e2007', 'e3007', 'e4007']);
    expect(chain.logCalls).toEqual([
      [100n, 2_099n],
      [2_100n, 4_099n],
      [4_100n, 4_499n],
    ]);
  });

  it('keeps the newest where there are too many, and says so', async () => {
    const chain = new Chain();
    chain.mine('a', 'b', 'c');
    expect(await chain.reader({ maxEvents: 2 }).read()).toMatchObject({
      events: [{ name: 'b' }, { name: 'c' }],
      isCut: true,
    });
  });

  it('always tells what the chain holds now, whatever was replaced in between', async () => {
    const step = fc.oneof(
      fc.record({ mine: fc.array(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 2 }) }),
      fc.record({ drop: fc.nat(6) }),
      fc.constant({ read: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const chain = new Chain();
        chain.mine('genesis');
        const reader = chain.reader();
        for (const one of steps) {
          if ('mine' in one) chain.mine(...one.mine);
          else if ('drop' in one) chain.drop(one.drop);
          else expect(await names(reader)).toEqual(chain.all());
        }
        expect(await names(reader)).toEqual(chain.all());
      }),
    );
  });

  it('reads again what changed while it was read, and gives up on a chain that never rests', async () => {
    const chain = new Chain();
    chain.mine('a');
    chain.mine('b');
    let restless = 1;
    const reader = createEventReader<string>(
      { fromBlock: 0n, maxEvents: 10 },
      {
        latest: () => Promise.resolve({ number: BigInt(chain.blocks.length - 1), hash: chain.blocks.at(-1)!.hash }),
        hashAt: (number) => Promise.resolve(chain.blocks[Number(number)]?.hash ?? null),
        logs: () => {
          const events = chain.all();
          if (restless-- > 0) {
            chain.drop(1);
            chain.mine('c');
          }
          return Promise.resolve(events);
        },
        blockOf: () => 0n,
      },
    );
    expect((await reader.read()).events).toEqual(['a', 'c']);
    chain.mine('d');
    restless = 100;
    await expect(reader.read()).rejects.toMatchObject({ code: 'chain/unstable' });
  });
});
