import type { MdBlock, MdInline } from '../markdown/nodes.ts';
import { parseMarkdown } from '../markdown/parse.ts';
import { withoutThinking } from '../markdown/thinking.ts';

/** An answer as a screen reader should speak it: no marks, no thinking, at most `maxLength` characters. */
export function toPlainText(answer: string, maxLength: number): string {
  const said = withoutThinking(answer);
  const text = blocksText(parseMarkdown(said.slice(0, maxLength * 2)))
    .replace(/\s+/g, ' ')
    .trim();
  return text.length <= maxLength ? text : `${text.slice(0, maxLength).trimEnd()}…`;
}

function blocksText(blocks: readonly MdBlock[]): string {
  return blocks.map(blockText).join(' ');
}

function blockText(block: MdBlock): string {
  switch (block.kind) {
    case 'paragraph':
    case 'inline':
    case 'heading':
      return inlinesText(block.children);
    case 'code':
      return `Code${block.language === '' ? '' : ` in ${block.language}`}: ${block.text}`;
    case 'quote':
      return blocksText(block.blocks);
    case 'list':
      return block.items.map((item) => blocksText(item.blocks)).join('; ');
    case 'table':
      return [block.header, ...block.rows]
        .map((row) => row.map((cell) => inlinesText(cell.children)).join(', '))
        .join('; ');
    case 'math':
      return block.tex;
    case 'literal':
      return block.text;
    case 'rule':
      return '';
    default:
      return block satisfies never;
  }
}

function inlinesText(nodes: readonly MdInline[]): string {
  return nodes
    .map((node) => {
      if (node.kind === 'text' || node.kind === 'code') return node.text;
      if (node.kind === 'math') return node.tex;
      if (node.kind === 'break') return ' ';
      if (node.kind === 'image') return node.alt;
      return inlinesText(node.children);
    })
    .join('');
}
