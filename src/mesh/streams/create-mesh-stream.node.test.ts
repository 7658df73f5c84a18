import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import type { Libp2p, Stream } from '@libp2p/interface';
import { webSockets } from '@libp2p/websockets';
import fc from 'fast-check';
import { createLibp2p } from 'libp2p';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import { address } from '../../protocol/ids.ts';
import type { MeshStream, Offence } from '../host/mesh-host.ts';
import { HIGH_WATER_BYTES, STREAM_WINDOW_BYTES } from './constants.ts';
import { createMeshStream } from './create-mesh-stream.ts';

const PROTOCOL = '/test/1';
const PEER = { peerId: 'somebody', address: address('0x'.padEnd(42, '1')) };

async function start(): Promise<Libp2p> {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0/ws'] },
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES } })],
    connectionGater: { denyDialMultiaddr: () => false },
  });
}

let here: Libp2p;
let there: Libp2p;
let arrived: PromiseWithResolvers<Stream>;

beforeAll(async () => {
  [here, there] = await Promise.all([start(), start()]);
  await there.handle(PROTOCOL, (stream) => arrived.resolve(stream));
});

afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
});

/** Both ends of one stream, the second as it comes. */
async function openRaw(): Promise<[Stream, Stream]> {
  arrived = Promise.withResolvers();
  const stream = await here.dialProtocol(there.getMultiaddrs(), PROTOCOL);
  return [stream, await arrived.promise];
}

function wrap(stream: Stream, maxMessageBytes = 100_000) {
  const offences: Offence[] = [];
  const mesh = createMeshStream(stream, {
    peer: PEER,
    path: 'direct',
    maxMessageBytes,
    onOffence: (offence) => offences.push(offence),
  });
  return { mesh, offences };
}

async function readAll({ messages }: MeshStream): Promise<Uint8Array[]> {
  const read: Uint8Array[] = [];
  for await (const message of messages) read.push(message);
  return read;
}

const prefixed = (length: number, ...bytes: number[]) => {
  const all = new Uint8Array(4 + bytes.length);
  new DataView(all.buffer).setUint32(0, length);
  all.set(bytes, 4);
  return all;
};

describe('a stream of messages', () => {
  it('carries them whole and in order, both ways at once', async () => {
    const [left, right] = await openRaw();
    const [a, b] = [wrap(left).mesh, wrap(right).mesh];
    const sizes = [1, 5, 70_000, 16_377, 100_000, 3];
    const messages = sizes.map((size, i) => new Uint8Array(size).fill(i));
    const speak = async (stream: MeshStream) => {
      await Promise.all(messages.map((message) => stream.send(message)));
      await stream.close();
    };
    const [fromB, fromA] = await Promise.all([readAll(a), readAll(b), speak(a), speak(b)]);
    for (const got of [fromA, fromB]) {
      expect(got.map((message) => [message.length, message[0], message.at(-1)])).toEqual(
        sizes.map((size, i) => [size, i, i]),
      );
    }
    expect(a.signal.aborted && b.signal.aborted).toBe(true);
  });

  it('keeps a sender waiting while nobody reads, and loses nothing', async () => {
    const [left, right] = await openRaw();
    const [a, b] = [wrap(left).mesh, wrap(right).mesh];
    const count = Math.ceil((4 * (HIGH_WATER_BYTES + STREAM_WINDOW_BYTES)) / 50_000);
    let sent = 0;
    const sending = (async () => {
      for (let i = 0; i < count; i++, sent++) await a.send(new Uint8Array(50_000).fill(i % 200));
      await a.close();
    })();
    await expect.poll(() => sent, { interval: 50 }).toBeGreaterThan(10);
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    expect(sent).toBeLessThan(count / 2);
    const read = await readAll(b);
    await sending;
    expect(read.map((message) => message[0])).toEqual(Array.from({ length: count }, (_, i) => i % 200));
    void b.close();
  });

  it('refuses to send what is empty or too long, and goes on', async () => {
    const [left, right] = await openRaw();
    const [a, b] = [wrap(left, 10).mesh, wrap(right).mesh];
    await expect(a.send(new Uint8Array(11))).rejects.toMatchObject({ code: 'mesh/too-large' });
    await expect(a.send(new Uint8Array(0))).rejects.toMatchObject({ code: 'mesh/too-large' });
    await a.send(Uint8Array.of(1));
    void a.close();
    expect(await readAll(b)).toEqual([Uint8Array.of(1)]);
    b.abort();
  });

  it('tells its reader of a peer that broke off, after what had arrived', async () => {
    const [left, right] = await openRaw();
    const [a, b] = [wrap(left).mesh, wrap(right)];
    await a.send(Uint8Array.of(1));
    const reader = b.mesh.messages[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: Uint8Array.of(1) });
    a.abort();
    await expect(reader.next()).rejects.toMatchObject({ code: 'mesh/peer-lost' });
    await expect(b.mesh.send(Uint8Array.of(1))).rejects.toMatchObject({ code: 'mesh/peer-lost' });
    expect(b.offences).toEqual([]);
  });

  it('takes an end without a word for a loss', async () => {
    const [left, right] = await openRaw();
    const { mesh } = wrap(right);
    left.send(prefixed(1, 9));
    void left.close();
    const reader = mesh.messages[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: Uint8Array.of(9) });
    await expect(reader.next()).rejects.toMatchObject({ code: 'mesh/peer-lost' });
    mesh.abort();
  });

  it('is read once', async () => {
    const [left, right] = await openRaw();
    const { mesh } = wrap(right);
    void mesh.messages[Symbol.asyncIterator]()
      .next()
      .catch(() => undefined);
    await expect(mesh.messages[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'app/bad-request' });
    left.abort(new Error('Done.'));
  });
});

describe('what a hostile peer sends', () => {
  const offenceOf = async (bytes: Uint8Array, end: boolean) => {
    const [left, right] = await openRaw();
    const { mesh, offences } = wrap(right, 1_000);
    left.send(bytes);
    if (end) void left.close();
    const error: unknown = await readAll(mesh).catch((caught: unknown) => caught);
    left.abort(new Error('Done.'));
    return { code: error instanceof WeftError ? error.code : null, offences };
  };

  it.each([
    ['a message cut short', prefixed(9, 1, 2, 3), true, 'mesh/bad-message', 'bad-message'],
    ['a length cut short', Uint8Array.of(0, 0), true, 'mesh/bad-message', 'bad-message'],
    ['a message that is too long', prefixed(1_001, 1), false, 'mesh/too-large', 'too-large'],
    ['bytes after the end', Uint8Array.of(0, 0, 0, 0, 7), false, 'mesh/bad-message', 'bad-message'],
  ])('%s ends the stream, and is its fault', async (_, bytes, end, code, offence) => {
    const seen = await offenceOf(bytes, end);
    expect(seen.offences).toEqual([offence]);
    // Bytes after an orderly end are no reader's business any more.
    expect([code, null]).toContain(seen.code);
  });

  it('more messages than it may send end the stream as a flood', async () => {
    const [left, right] = await openRaw();
    const offences: Offence[] = [];
    let allowed = 3;
    const mesh = createMeshStream(right, {
      peer: PEER,
      path: 'direct',
      onMessage() {
        if (allowed-- === 0) throw new WeftError('auth/rate-limited', 'Too many.');
      },
      onOffence: (offence) => offences.push(offence),
    });
    for (let i = 0; i < 5; i++) left.send(prefixed(1, i));
    await expect(readAll(mesh)).rejects.toMatchObject({ code: 'auth/rate-limited' });
    expect(offences).toEqual(['flood']);
  });

  it('random bytes never throw anything else, and never hang a reader', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 8 }), async (chunks) => {
        const [left, right] = await openRaw();
        const { mesh } = wrap(right, 1_000);
        const reading = readAll(mesh).catch((error: unknown) => error);
        for (const chunk of chunks) {
          try {
            left.send(chunk);
          } catch {
            // It was ended for what came before.
            break;
          }
        }
        left.close().catch(() => undefined);
        const got = await reading;
        expect(Array.isArray(got) || got instanceof WeftError).toBe(true);
        mesh.abort();
      }),
      { numRuns: 60 },
    );
  });
});
