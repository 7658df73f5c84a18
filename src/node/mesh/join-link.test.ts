import { describe, expect, it } from 'vitest';
import { joinLink, readJoinLink } from './join-link.ts';

describe('what a person pastes to join', () => {
  it('reads a link of an invitation, and writes the same', () => {
    const target = { url: 'https://relay.example.org', invite: 'abc-DEF_123' };
    expect(readJoinLink(` ${joinLink(target)}\n`)).toEqual(target);
  });

  it('takes an address without a scheme to mean https, and http on this computer', () => {
    expect(readJoinLink('relay.example.org')).toEqual({ url: 'https://relay.example.org', invite: null });
    expect(readJoinLink('localhost:8080')).toEqual({ url: 'http://localhost:8080', invite: null });
  });

  it.each([
    '',
    '   ',
    'two words',
    'https://user:pw@relay.example.org',
    'https://relay.example.org/#/join/<b>',
    'javascript:alert(1)',
  ])('refuses %j', (text) => {
    expect(() => readJoinLink(text)).toThrow(expect.objectContaining({ code: 'mesh/bad-invite' }) as Error);
  });

  it('says what is wrong with a relay that is reached without encryption', () => {
    expect(() => readJoinLink('http://relay.example.org')).toThrow(/without encryption/u);
  });
});
