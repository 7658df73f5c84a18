import { Marked, type MarkedToken, type Token, type Tokens } from 'marked';
import { decodeEntities } from './decode-entities.ts';
import { type MathToken, mathExtensions } from './math-syntax.ts';
import type { MdBlock, MdCell, MdInline, MdListItem, PlainTag } from './nodes.ts';
import { safeHref } from './safe-href.ts';

/** Deeper nesting than this is shown as text; no honest answer needs it and components recurse. */
const MAX_DEPTH = 16;

/** Longer texts are shown as they are: the lexer needs quadratic time for some, and nobody writes such an answer. */
const MAX_SOURCE_LENGTH = 100_000;
/** The same for a stretch without an empty line. */
const MAX_PARAGRAPH_LENGTH = 20_000;
/** With more beginnings of formulas than this the text is no longer read for formulas: each may scan all that follows. */
const MAX_FORMULA_MARKS = 600;
/** How far the end of a plain tag may be from its beginning, in tokens. */
const MAX_TAG_DISTANCE = 50;

const plain = new Marked({ gfm: true, async: false });
const withMath = new Marked({ gfm: true, async: false });
withMath.use({ extensions: [...mathExtensions] });

const PLAIN_TAG = /^<(sub|sup|kbd|mark|u)>$/i;

/** Top-level tokens of markdown source, in order; their `raw` texts join to the source. Never throws on hostile input. */
export function lex(source: string): Token[] {
  if (isTooLong(source) || isTooDeep(source)) return [{ type: 'literal', raw: source }];
  return (hasTooManyFormulas(source) ? plain : withMath).lexer(source);
}

function isTooLong(source: string): boolean {
  if (source.length > MAX_SOURCE_LENGTH) return true;
  return (
    source.length > MAX_PARAGRAPH_LENGTH && source.split('\n\n').some((part) => part.length > MAX_PARAGRAPH_LENGTH)
  );
}

function hasTooManyFormulas(source: string): boolean {
  let marks = 0;
  for (const _ of source.matchAll(/\$|\\[([]/g)) if (++marks > MAX_FORMULA_MARKS) return true;
  return false;
}

/** Markdown as nodes. */
export function parseMarkdown(source: string): readonly MdBlock[] {
  return toBlocks(lex(source));
}

/** A line of dozens of quote or list marks costs the lexer quadratic time and means nothing. */
function isTooDeep(source: string): boolean {
  return /^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])){24,}/m.test(source);
}

/** Converts tokens; `depth` counts containers around them. */
export function toBlocks(tokens: readonly Token[], depth = 0): readonly MdBlock[] {
  const blocks: MdBlock[] = [];
  for (const token of tokens) {
    const block = toBlock(token, depth);
    if (block !== null) blocks.push(block);
  }
  return blocks;
}

function isMath(token: Token): token is MathToken {
  return token.type === 'math';
}

function toBlock(generic: Token, depth: number): MdBlock | null {
  if (depth > MAX_DEPTH) return { kind: 'literal', text: generic.raw };
  if (isMath(generic)) return { kind: 'math', tex: generic.tex };
  const token = generic as MarkedToken;
  switch (token.type) {
    case 'space':
    case 'def':
    case 'checkbox':
      return null;
    case 'paragraph':
      return { kind: 'paragraph', children: toInlines(token.tokens, depth) };
    case 'text':
      return { kind: 'inline', children: token.tokens ? toInlines(token.tokens, depth) : [text(token.text)] };
    case 'heading':
      return { kind: 'heading', depth: token.depth, children: toInlines(token.tokens, depth) };
    case 'code':
      return { kind: 'code', language: languageOf(token.lang), text: token.text, open: isOpenFence(token) };
    case 'blockquote':
      return { kind: 'quote', blocks: toBlocks(token.tokens, depth + 1) };
    case 'list':
      return {
        kind: 'list',
        ordered: token.ordered,
        start: token.start === '' ? 1 : token.start,
        items: token.items.map((item) => toItem(item, depth + 1)),
      };
    case 'table':
      return {
        kind: 'table',
        header: token.header.map((cell) => toCell(cell, depth)),
        rows: token.rows.map((row) => row.map((cell) => toCell(cell, depth))),
      };
    case 'hr':
      return { kind: 'rule' };
    default:
      return { kind: 'literal', text: token.raw.replace(/\n+$/, '') };
  }
}

function toItem(item: Tokens.ListItem, depth: number): MdListItem {
  return { checked: item.task ? item.checked === true : null, blocks: toBlocks(item.tokens, depth) };
}

function toCell(cell: Tokens.TableCell, depth: number): MdCell {
  return { align: cell.align, children: toInlines(cell.tokens, depth) };
}

function languageOf(info: string | undefined): string {
  return /^[\w+#.-]{1,30}/.exec(info ?? '')?.[0] ?? '';
}

/** A fence that the text so far does not close. */
function isOpenFence(token: Tokens.Code): boolean {
  if (token.codeBlockStyle === 'indented') return false;
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1];
  if (fence === undefined) return false;
  const lastLine = token.raw.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const isOnlyLine = !token.raw.trimEnd().includes('\n');
  return isOnlyLine || !(lastLine.startsWith(fence) && /^(?:`+|~+)$/.test(lastLine));
}

function text(source: string): MdInline {
  return { kind: 'text', text: decodeEntities(source) };
}

function toInlines(tokens: readonly Token[], depth: number): readonly MdInline[] {
  const nodes: MdInline[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    if (token.type === 'html') {
      const end = closingTag(tokens, index);
      if (end !== null) {
        const tag = PLAIN_TAG.exec(token.raw)![1]!.toLowerCase() as PlainTag;
        nodes.push({ kind: tag, children: toInlines(tokens.slice(index + 1, end), depth + 1) });
        index = end;
        continue;
      }
    }
    nodes.push(toInline(token, depth));
  }
  return nodes;
}

/** Index of the tag that closes the plain tag at `open`, or null. */
function closingTag(tokens: readonly Token[], open: number): number | null {
  const tag = PLAIN_TAG.exec(tokens[open]!.raw)?.[1];
  if (tag === undefined) return null;
  const closing = `</${tag.toLowerCase()}>`;
  const last = Math.min(tokens.length, open + MAX_TAG_DISTANCE);
  for (let at = open + 1; at < last; at++) {
    const token = tokens[at]!;
    if (token.type === 'html' && token.raw.toLowerCase() === closing) return at;
  }
  return null;
}

function toInline(generic: Token, depth: number): MdInline {
  if (depth > MAX_DEPTH) return text(generic.raw);
  if (isMath(generic)) return { kind: 'math', tex: generic.tex, display: generic.display };
  const token = generic as MarkedToken;
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return { kind: token.type, children: toInlines(token.tokens, depth + 1) };
    case 'codespan':
      return { kind: 'code', text: token.text };
    case 'br':
      return { kind: 'break' };
    case 'link':
      return toLink(token, depth);
    case 'image': {
      const address = decodeEntities(token.href);
      return { kind: 'image', alt: decodeEntities(token.text), address, href: safeHref(address) };
    }
    case 'escape':
      return { kind: 'text', text: token.text };
    case 'text':
      return text(token.text);
    case 'html':
      return /^<br\s*\/?>$/i.test(token.raw) ? { kind: 'break' } : { kind: 'text', text: token.raw };
    default:
      return { kind: 'text', text: token.raw };
  }
}

function toLink(token: Tokens.Link, depth: number): MdInline {
  const href = safeHref(token.autolink === true ? token.href : decodeEntities(token.href));
  // An address that we refuse keeps its words and shows what was written, so that nothing hides behind them.
  if (href === null) return { kind: 'text', text: token.raw };
  return { kind: 'link', href, title: decodeEntities(token.title ?? ''), children: toInlines(token.tokens, depth + 1) };
}
