export type ShortcutId =
  | 'new-chat'
  | 'search'
  | 'models'
  | 'stop'
  | 'copy-answer'
  | 'edit-question'
  | 'toggle-sidebar'
  | 'focus-composer'
  | 'shortcuts';

export interface Shortcut {
  readonly id: ShortcutId;
  readonly label: string;
  /** Lower-case `KeyboardEvent.key`. */
  readonly key: string;
  /** Command on a Mac, Control elsewhere. */
  readonly mod: boolean;
  /** null where the key needs Shift on some keyboards. */
  readonly shift: boolean | null;
  /** Whether it also acts while a text field has the focus. */
  readonly whileTyping: boolean;
}

/** What works everywhere on the page, in the order of the sheet. */
export const SHORTCUTS: readonly Shortcut[] = [
  { id: 'new-chat', label: 'New chat', key: 'o', mod: true, shift: true, whileTyping: true },
  { id: 'search', label: 'Search chats', key: 'k', mod: true, shift: false, whileTyping: true },
  { id: 'models', label: 'Models, and back to the chat', key: 'm', mod: true, shift: true, whileTyping: true },
  { id: 'stop', label: 'Stop the answer', key: 'escape', mod: false, shift: false, whileTyping: true },
  { id: 'copy-answer', label: 'Copy the last answer', key: 'y', mod: true, shift: true, whileTyping: true },
  { id: 'edit-question', label: 'Edit your last question', key: 'e', mod: true, shift: true, whileTyping: true },
  {
    id: 'toggle-sidebar',
    label: 'Show or hide the list of chats',
    key: 'b',
    mod: true,
    shift: false,
    whileTyping: true,
  },
  { id: 'focus-composer', label: 'Go to the message field', key: '/', mod: false, shift: null, whileTyping: false },
  { id: 'shortcuts', label: 'Show this list', key: '?', mod: false, shift: null, whileTyping: false },
];

/** What a keyboard event says, as far as shortcuts care. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly isComposing: boolean;
  readonly repeat: boolean;
}

export interface KeyContext {
  readonly isMac: boolean;
  /** A text field has the focus. */
  readonly isTyping: boolean;
}

/** The shortcut that a key press means, or null. A press inside an input method's composition means none. */
export function matchShortcut(press: KeyPress, context: KeyContext): ShortcutId | null {
  if (press.isComposing || press.altKey || press.repeat) return null;
  const mod = context.isMac ? press.metaKey : press.ctrlKey;
  const otherMod = context.isMac ? press.ctrlKey : press.metaKey;
  if (otherMod) return null;
  const key = press.key.toLowerCase();
  const found = SHORTCUTS.find(
    (shortcut) =>
      shortcut.key === key &&
      shortcut.mod === mod &&
      (shortcut.shift === null || shortcut.shift === press.shiftKey) &&
      (shortcut.whileTyping || !context.isTyping),
  );
  return found?.id ?? null;
}

/** The keys of a shortcut as a person reads them, one entry per key cap. */
export function keyCaps(shortcut: Shortcut, isMac: boolean): readonly string[] {
  const name = shortcut.key === 'escape' ? 'Esc' : shortcut.key.toUpperCase();
  return [
    ...(shortcut.mod ? [isMac ? '⌘' : 'Ctrl'] : []),
    ...(shortcut.shift === true ? [isMac ? '⇧' : 'Shift'] : []),
    name,
  ];
}
