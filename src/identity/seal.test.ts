import { describe, expect, it } from 'vitest';
import { address } from '../protocol/ids.ts';
import { PBKDF2_ITERATIONS } from './constants.ts';
import { seal, unseal } from './seal.ts';

const account = address(new Uint8Array(20).fill(3));
const other = address(new Uint8Array(20).fill(4));
const entropy = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

describe('sealed entropy', () => {
  it('comes back without a passphrase, under a key that no script can read', async () => {
    const sealed = await seal(entropy, account, null);
    expect(await unseal(sealed, account, null)).toEqual(entropy);
    expect(sealed.wrappingKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', sealed.wrappingKey)).rejects.toThrow();
    expect(sealed.bytes).toHaveLength(32);
  });

  it('comes back with the passphrase alone, however it was composed', async () => {
    const sealed = await seal(entropy, account, 'caf\u00e9 au lait');
    expect(sealed.passphrase?.iterations).toBe(PBKDF2_ITERATIONS);
    expect(await unseal(sealed, account, 'cafe\u0301 au lait')).toEqual(entropy);
    await expect(unseal(sealed, account, 'Caf\u00e9 au lait')).rejects.toThrow(code('identity/wrong-passphrase'));
    await expect(unseal(sealed, account, '')).rejects.toThrow(code('identity/wrong-passphrase'));
    await expect(unseal(sealed, account, null)).rejects.toThrow(code('identity/locked'));
  });

  it('is damage where a byte changed, or where it lies under another account', async () => {
    for (const passphrase of [null, 'correct horse']) {
      const sealed = await seal(entropy, account, passphrase);
      for (const at of [0, 15, sealed.bytes.length - 1]) {
        const bytes = sealed.bytes.with(at, sealed.bytes[at]! ^ 1);
        await expect(unseal({ ...sealed, bytes }, account, passphrase)).rejects.toThrow(code('identity/bad-record'));
      }
      const iv = sealed.iv.with(0, sealed.iv[0]! ^ 1);
      await expect(unseal({ ...sealed, iv }, account, passphrase)).rejects.toThrow(code('identity/bad-record'));
      await expect(unseal(sealed, other, passphrase)).rejects.toThrow(code('identity/bad-record'));
    }
  });

  it('never repeats a nonce, a salt or a key', async () => {
    const [a, b] = await Promise.all([
      seal(entropy, account, 'correct horse'),
      seal(entropy, account, 'correct horse'),
    ]);
    expect(a.iv).not.toEqual(b.iv);
    expect(a.bytes).not.toEqual(b.bytes);
    expect(a.passphrase!.salt).not.toEqual(b.passphrase!.salt);
    expect(a.passphrase!.iv).not.toEqual(b.passphrase!.iv);
    await expect(unseal({ ...a, wrappingKey: b.wrappingKey }, account, 'correct horse')).rejects.toThrow(
      code('identity/bad-record'),
    );
  });
});
