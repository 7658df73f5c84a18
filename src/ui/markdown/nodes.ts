/**
 * What the page can show of a model's text. The tree is closed: nothing a model writes becomes an element, an attribute
 * or an address unless a node here names it, and components render these nodes without ever parsing HTML.
 */
export type MdInline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'strong' | 'em' | 'del' | PlainTag; readonly children: readonly MdInline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'math'; readonly tex: string; readonly display: boolean }
  | { readonly kind: 'break' }
  | { readonly kind: 'link'; readonly href: string; readonly title: string; readonly children: readonly MdInline[] }
  /** A picture is never loaded: its description and address are shown; `href` is null where the address is unsafe. */
  | { readonly kind: 'image'; readonly alt: string; readonly address: string; readonly href: string | null };

/** HTML tags without attributes that people expect to work inside a sentence. */
export type PlainTag = 'sub' | 'sup' | 'kbd' | 'mark' | 'u';

export interface MdListItem {
  /** null where the item has no check box. */
  readonly checked: boolean | null;
  readonly blocks: readonly MdBlock[];
}

export interface MdCell {
  readonly align: 'left' | 'center' | 'right' | null;
  readonly children: readonly MdInline[];
}

export type MdBlock =
  | { readonly kind: 'paragraph'; readonly children: readonly MdInline[] }
  /** Text of a tight list item: no paragraph around it. */
  | { readonly kind: 'inline'; readonly children: readonly MdInline[] }
  | { readonly kind: 'heading'; readonly depth: number; readonly children: readonly MdInline[] }
  /** `open` while the closing fence has not arrived. */
  | { readonly kind: 'code'; readonly language: string; readonly text: string; readonly open: boolean }
  | { readonly kind: 'quote'; readonly blocks: readonly MdBlock[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly start: number;
      readonly items: readonly MdListItem[];
    }
  | { readonly kind: 'table'; readonly header: readonly MdCell[]; readonly rows: readonly (readonly MdCell[])[] }
  | { readonly kind: 'rule' }
  | { readonly kind: 'math'; readonly tex: string }
  /** Raw HTML and anything unknown, shown as the characters that were written. */
  | { readonly kind: 'literal'; readonly text: string };
