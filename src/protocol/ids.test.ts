import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address, fromHex, hex32, toHex } from './ids.ts';

describe('hex', () => {
  it('round-trips any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect([...fromHex(toHex(bytes), bytes.length)]).toEqual([...bytes]);
      }),
    );
  });

  it.each(['', '0x', '12', '0x123', '0x12345', '0xzz34', '0x 234', '0X1234'])('refuses %j as two bytes', (text) => {
    expect(() => fromHex(text, 2)).toThrow(expect.objectContaining({ code: 'app/bad-request' }));
  });

  it('lower-cases ids and checks their length', () => {
    expect(hex32(`0x${'AB'.repeat(32)}`)).toBe(`0x${'ab'.repeat(32)}`);
    expect(address(new Uint8Array(20).fill(9))).toBe(`0x${'09'.repeat(20)}`);
    expect(() => hex32(new Uint8Array(31))).toThrow('Expected 32 bytes, got 31');
    expect(() => address(`0x${'00'.repeat(32)}`)).toThrow(expect.objectContaining({ code: 'app/bad-request' }));
  });
});
