import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PREFIX_BYTES, createFrameReader } from './frame-reader.ts';

const LIMIT = 100_000;

function framed(messages: readonly Uint8Array[]): Uint8Array {
  const bytes: number[] = [];
  for (const message of messages) {
    const prefix = new Uint8Array(PREFIX_BYTES);
    new DataView(prefix.buffer).setUint32(0, message.length);
    bytes.push(...prefix, ...message);
  }
  return Uint8Array.from(bytes);
}

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const messagesArbitrary = fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 }), { maxLength: 20 });
const sizesArbitrary = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 20 });

it('gives the messages back however their bytes are cut', () => {
  fc.assert(
    fc.property(messagesArbitrary, sizesArbitrary, (messages, sizes) => {
      const reader = createFrameReader(LIMIT);
      const read = [...cut(framed(messages), sizes)].flatMap((chunk) => reader.push(chunk));
      expect(read).toEqual(messages);
      expect(reader.pendingBytes).toBe(0);
      expect(reader.isEnded).toBe(false);
    }),
  );
});

it('tells a stream that was cut short from one that was ended', () => {
  fc.assert(
    fc.property(messagesArbitrary, fc.nat(), sizesArbitrary, (messages, seed, sizes) => {
      const bytes = framed([...messages, new Uint8Array(0)]);
      const length = seed % bytes.length;
      const reader = createFrameReader(LIMIT);
      for (const chunk of cut(bytes.subarray(0, length), sizes)) reader.push(chunk);
      expect(reader.isEnded).toBe(false);
      for (const chunk of cut(bytes.subarray(length), sizes)) reader.push(chunk);
      expect(reader.isEnded).toBe(true);
      expect(reader.pendingBytes).toBe(0);
    }),
  );
});

it('never throws anything but its own errors, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 }), (chunks) => {
      const reader = createFrameReader(64);
      try {
        for (const chunk of chunks) {
          for (const message of reader.push(chunk)) expect(message.length).toBeLessThanOrEqual(64);
        }
      } catch (error) {
        expect(error).toMatchObject({ name: 'WeftError' });
      }
      expect(reader.pendingBytes).toBeLessThanOrEqual(64 + PREFIX_BYTES);
    }),
  );
});

it('refuses a message longer than the limit when its length is read', () => {
  const reader = createFrameReader(1_000);
  expect(reader.push(Uint8Array.of(0, 0, 3))).toEqual([]);
  expect(() => reader.push(Uint8Array.of(233))).toThrow(expect.objectContaining({ code: 'mesh/too-large' }));
});

it('reads a message of exactly the limit', () => {
  const reader = createFrameReader(1_000);
  expect(reader.push(framed([new Uint8Array(1_000).fill(7)]))).toEqual([new Uint8Array(1_000).fill(7)]);
});

it('refuses bytes after the end', () => {
  const reader = createFrameReader(LIMIT);
  reader.push(new Uint8Array(PREFIX_BYTES));
  expect(() => reader.push(Uint8Array.of(0))).toThrow(expect.objectContaining({ code: 'mesh/bad-message' }));
});

it('makes no room for bytes that are only promised', () => {
  const reader = createFrameReader(2 ** 31);
  reader.push(Uint8Array.of(0x40, 0, 0, 0, 1, 2, 3));
  expect(reader.pendingBytes).toBe(3 + PREFIX_BYTES);
});
