import { describe, expect, it } from 'vitest';
import { keyCaps, matchShortcut, SHORTCUTS, type KeyPress } from './shortcuts.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  repeat: false,
  ...held,
});
const pc = { isMac: false, isTyping: false };

describe('matchShortcut', () => {
  it('finds each shortcut by the keys that the sheet shows, on both kinds of keyboard', () => {
    for (const isMac of [false, true]) {
      for (const shortcut of SHORTCUTS) {
        const caps = keyCaps(shortcut, isMac);
        const held = {
          ctrlKey: caps.includes('Ctrl'),
          metaKey: caps.includes('⌘'),
          shiftKey: caps.includes('Shift') || caps.includes('⇧'),
        };
        expect(matchShortcut(press(shortcut.key, held), { isMac, isTyping: false })).toBe(shortcut.id);
      }
    }
  });

  it('has no two shortcuts on the same keys', () => {
    const combinations = SHORTCUTS.map((shortcut) => keyCaps(shortcut, false).join('+'));
    expect(new Set(combinations).size).toBe(SHORTCUTS.length);
  });

  it('leaves plain characters to a text field', () => {
    expect(matchShortcut(press('?', { shiftKey: true }), { isMac: false, isTyping: true })).toBeNull();
    expect(matchShortcut(press('/'), { isMac: false, isTyping: true })).toBeNull();
    expect(matchShortcut(press('?', { shiftKey: true }), pc)).toBe('shortcuts');
    expect(matchShortcut(press('Escape'), { isMac: false, isTyping: true })).toBe('stop');
  });

  it('means nothing while an input method composes, with Alt, or on repeat', () => {
    expect(matchShortcut(press('Escape', { isComposing: true }), pc)).toBeNull();
    expect(matchShortcut(press('k', { ctrlKey: true, altKey: true }), pc)).toBeNull();
    expect(matchShortcut(press('k', { ctrlKey: true, repeat: true }), pc)).toBeNull();
  });

  it('wants the right modifier of the system and no other', () => {
    expect(matchShortcut(press('k', { metaKey: true }), pc)).toBeNull();
    expect(matchShortcut(press('k', { ctrlKey: true }), { isMac: true, isTyping: false })).toBeNull();
    expect(matchShortcut(press('k', { ctrlKey: true, shiftKey: true }), pc)).toBeNull();
    expect(matchShortcut(press('O', { ctrlKey: true, shiftKey: true }), pc)).toBe('new-chat');
  });
});
