import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { hex32 } from '../ids.ts';
import { grammarHashOf } from './grammar-hash.ts';

const lamp = { name: 'lamp', description: 'Light.', parameters: '{"type":"object"}' };
const clock = { name: 'clock', description: 'Time.', parameters: '{}' };
const free = `0x${'00'.repeat(32)}`;

describe('the hash of a form', () => {
  it.each([
    ['nothing is asked', {}],
    ['there are no tools', { tools: [] }],
    ['no tool may be called', { tools: [lamp], toolChoice: 'none' as const }],
  ])('is zero where %s', (_what, request) => {
    expect(grammarHashOf(request)).toBe(free);
  });

  it.each([
    [{ format: { type: 'json' } as const }, '["json",null,false,[]]'],
    [
      { format: { type: 'json-schema', schema: '{"a": "é"}' } as const },
      '["json-schema","{\\"a\\": \\"é\\"}",false,[]]',
    ],
    [{ tools: [lamp] }, '[null,null,false,[["lamp","{\\"type\\":\\"object\\"}"]]]'],
    [
      { tools: [lamp, clock], toolChoice: 'required' as const },
      '[null,null,true,[["lamp","{\\"type\\":\\"object\\"}"],["clock","{}"]]]',
    ],
    [{ tools: [lamp, clock], toolChoice: { name: 'clock' } }, '[null,null,true,[["clock","{}"]]]'],
    [{ tools: [clock], format: { type: 'json' } as const }, '["json",null,false,[["clock","{}"]]]'],
  ])('is over what the answer may be: %j', (request, json) => {
    expect(grammarHashOf(request)).toBe(hex32(sha256(utf8ToBytes(`weft/grammar/1${json}`))));
  });

  it('stays the same', () => {
    const known = '0x5fd3d9be403553ce7d717467a48d530e66ad2f565296d26cc385a2bd6a2db398';
    expect(grammarHashOf({ tools: [lamp], toolChoice: 'required' })).toBe(known);
  });

  it('does not see what the prompt says', () => {
    expect(grammarHashOf({ tools: [{ ...lamp, description: 'Else.' }] })).toBe(grammarHashOf({ tools: [lamp] }));
  });
});
