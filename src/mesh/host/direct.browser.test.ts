import { secp256k1 } from '@noble/curves/secp256k1.js';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { addressOf } from '../../protocol/eip712/address-of.ts';
import { signDigest } from '../../protocol/eip712/signature.ts';
import { relayInfoSchema } from '../../protocol/mesh/relay-info.ts';
import type { IceServer } from '../../protocol/mesh/relay-info.ts';
import { createMeshHost } from './create-mesh-host.ts';
import type { RunningMeshHost } from './create-mesh-host.ts';
import { guardPageIce } from './ice-guard.ts';
import type { MeshStream } from './mesh-host.ts';
import { watchPage } from './page-lifecycle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    relay: string;
  }
}

const ECHO = '/test/echo/1';
const relay = v.parse(v.object({ url: v.string(), info: relayInfoSchema }), JSON.parse(inject('relay')));
const iceServers: IceServer[] = [];
const hosts: RunningMeshHost[] = [];
/** What every peer connection of the page was made with. */
const seen: RTCConfiguration[] = [];
const Native = globalThis.RTCPeerConnection;

async function open(): Promise<RunningMeshHost> {
  const privateKey = secp256k1.utils.randomSecretKey();
  const host = await createMeshHost(
    { privateKey, software: 'test', webRtc: true },
    {
      signer: {
        address: addressOf(secp256k1.getPublicKey(privateKey)),
        sign: (digest) => signDigest(digest, privateKey),
      },
      door: () => ({
        look: () => Promise.resolve(relay.info),
        session: () => Promise.resolve({ role: 'member', expiresAt: Math.floor(Date.now() / 1_000) + 600, iceServers }),
      }),
      guardIce: guardPageIce,
      watchLifecycle: watchPage,
      nowMs: Date.now,
      random: Math.random,
    },
  );
  hosts.push(host);
  host.join({ url: relay.url, known: null, invite: null });
  await expect.poll(() => host.state.relays[0]?.phase).toBe('ready');
  return host;
}

/** A busy machine may take the relayed way first; the direct one is made meanwhile. */
async function makeDirect(from: RunningMeshHost, to: RunningMeshHost): Promise<void> {
  await expect.poll(() => from.connect(to.self.peerId)).toBe('direct');
}

async function echo(stream: MeshStream): Promise<void> {
  for await (const message of stream.messages) await stream.send(message);
  await stream.close();
}

beforeEach(() => {
  seen.length = 0;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      seen.push(configuration ?? {});
      super(configuration);
    }
  };
});

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  globalThis.RTCPeerConnection = Native;
});

describe('two hosts with WebRTC', () => {
  it('reach one another directly, ten times out of ten, and never ask a third party', async () => {
    const [a, b] = [await open(), await open()];
    await b.handle(ECHO, echo);
    for (let i = 0; i < 10; i++) {
      // Each time anew: a connection that is there would be taken.
      const c = await open();
      await makeDirect(c, b);
      await c.stop();
      hosts.pop();
    }
    await makeDirect(a, b);
    const stream = await a.openStream(b.self.peerId, ECHO);
    expect(stream.path).toBe('direct');
    stream.abort();
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every(({ iceServers: servers }) => servers?.length === 0)).toBe(true);
  });

  it('send five megabytes whole, while the reader waits in between', async () => {
    const [a, b] = [await open(), await open()];
    await b.handle(ECHO, echo, { maxMessageBytes: 2_000_000 });
    await makeDirect(a, b);
    const stream = await a.openStream(b.self.peerId, ECHO, { maxMessageBytes: 2_000_000 });
    const message = new Uint8Array(1_250_000).map((_, i) => i % 251);
    const reading = (async () => {
      const lengths: number[] = [];
      for await (const got of stream.messages) {
        expect(got[1_249_999]).toBe(message[1_249_999]);
        lengths.push(got.length);
      }
      return lengths;
    })();
    for (let i = 0; i < 4; i++) await stream.send(message);
    void stream.close();
    expect(await reading).toEqual([1_250_000, 1_250_000, 1_250_000, 1_250_000]);
  });

  it('end a stream whose reader takes nothing, with a bound on what is kept', async () => {
    const [a, b] = [await open(), await open()];
    const held = Promise.withResolvers<MeshStream>();
    await b.handle(ECHO, async (stream) => {
      held.resolve(stream);
      await new Promise((resolve) => {
        stream.signal.addEventListener('abort', resolve);
      });
    });
    await makeDirect(a, b);
    const stream = await a.openStream(b.self.peerId, ECHO);
    const flood = (async () => {
      for (let i = 0; i < 200; i++) await stream.send(new Uint8Array(100_000));
    })();
    await expect(flood).rejects.toMatchObject({ code: 'mesh/peer-lost' });
    expect((await held.promise).signal.aborted).toBe(true);
  });

  it('notice at once that a page went', async () => {
    const [a, b] = [await open(), await open()];
    await b.handle(ECHO, echo);
    await makeDirect(a, b);
    const stream = await a.openStream(b.self.peerId, ECHO);
    expect(stream.path).toBe('direct');
    const next = stream.messages[Symbol.asyncIterator]().next();
    // Both hosts live in this page, and both let go.
    window.dispatchEvent(new PageTransitionEvent('pagehide'));
    await expect(next).rejects.toMatchObject({ code: 'mesh/peer-lost' });
    window.dispatchEvent(new PageTransitionEvent('pageshow'));
    await expect.poll(() => a.state.relays[0]?.phase).toBe('ready');
    await expect.poll(() => b.state.relays[0]?.phase).toBe('ready');
  });
});

describe('the guard of ICE servers', () => {
  const configured = 'stun:relay.example.org:3478';
  const refused = expect.objectContaining({ code: 'mesh/ice-server' }) as unknown;

  it('lets pass what a relay configured, and nothing else', () => {
    const remove = guardPageIce((url) => url === configured);
    new RTCPeerConnection({ iceServers: [{ urls: configured }] }).close();
    for (const urls of ['stun:stun.l.google.com:19302', [configured, 'turn:other.example.org']]) {
      expect(() => new RTCPeerConnection({ iceServers: [{ urls }] })).toThrow(refused);
      const connection = new RTCPeerConnection();
      expect(() => connection.setConfiguration({ iceServers: [{ urls }] })).toThrow(refused);
      connection.close();
    }
    remove();
  });

  it('holds for who took hold of it, after the relays were left and others joined', () => {
    const remove = guardPageIce((url) => url === configured);
    const TakenByLibrary = RTCPeerConnection;
    remove();
    expect(() => new TakenByLibrary({ iceServers: [{ urls: configured }] })).toThrow(refused);
    const removeOther = guardPageIce((url) => url === 'stun:other.example.org');
    new TakenByLibrary({ iceServers: [{ urls: 'stun:other.example.org' }] }).close();
    removeOther();
  });
});
