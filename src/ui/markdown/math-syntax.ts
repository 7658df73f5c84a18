import type { TokenizerAndRendererExtension, Tokens } from 'marked';

/** A formula found by one of the extensions below. */
export interface MathToken extends Tokens.Generic {
  type: 'math';
  tex: string;
  display: boolean;
}

/** Formulas longer than this are shown as text: rendering time grows with length. */
const MAX_TEX_LENGTH = 4000;

const BLOCK_DOLLARS = /^ {0,3}\$\$[ \t]*\n?([\s\S]+?)\n?[ \t]*\$\$[ \t]*(?:\n|$)/;
const BLOCK_BRACKETS = /^ {0,3}\\\[[ \t]*\n?([\s\S]+?)\n?[ \t]*\\\][ \t]*(?:\n|$)/;
const INLINE_PARENTHESES = /^\\\(((?:(?!\\\))[\s\S])+?)\\\)/;
const INLINE_BRACKETS = /^\\\[((?:(?!\\\])[\s\S])+?)\\\]/;
const INLINE_DOUBLE = /^\$\$((?:(?!\$\$)[\s\S])+?)\$\$/;
/** Opening $ before a non-space, closing $ after a non-space and not before a digit or letter, all in one line. */
const INLINE_SINGLE = /^\$(?![\s$])((?:\\.|[^\\$\n])+?)(?<![\s\\])\$(?![\dA-Za-z$])/;
const HAS_OPERATOR = /[\\^_=+<>{}|*/]/;

function token(raw: string, tex: string, display: boolean): MathToken | undefined {
  const trimmed = tex.trim();
  if (trimmed === '' || trimmed.length > MAX_TEX_LENGTH || trimmed.includes('\n\n')) return undefined;
  return { type: 'math', raw, tex: trimmed, display };
}

/** "$5 and 10$" is money: what starts with a digit and has spaces must show an operator to be a formula. */
function looksLikeMoney(tex: string): boolean {
  return /^[\d.,]+(?:\s|$)/.test(tex) && !HAS_OPERATOR.test(tex);
}

const blockMath: TokenizerAndRendererExtension = {
  name: 'math',
  level: 'block',
  start: (src) => /^ {0,3}(?:\$\$|\\\[)/m.exec(src)?.index,
  tokenizer(src) {
    const match = BLOCK_DOLLARS.exec(src) ?? BLOCK_BRACKETS.exec(src);
    return match === null ? undefined : token(match[0], match[1]!, true);
  },
};

const inlineMath: TokenizerAndRendererExtension = {
  name: 'inlineMath',
  level: 'inline',
  start: (src) => /\$|\\[([]/.exec(src)?.index,
  tokenizer(src) {
    const display = INLINE_DOUBLE.exec(src) ?? INLINE_BRACKETS.exec(src);
    if (display !== null) return token(display[0], display[1]!, true);
    const plain = INLINE_PARENTHESES.exec(src);
    if (plain !== null) return token(plain[0], plain[1]!, false);
    const single = INLINE_SINGLE.exec(src);
    if (single === null || looksLikeMoney(single[1]!)) return undefined;
    return token(single[0], single[1]!, false);
  },
};

/** Recognises $$…$$, \[…\], \(…\) and a careful $…$. */
export const mathExtensions: readonly TokenizerAndRendererExtension[] = [blockMath, inlineMath];
