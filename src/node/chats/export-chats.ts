import { CHAT_FILE_FORMAT, CHAT_FILE_VERSION } from '../../storage/chat-file.ts';
import { chatMarkdown } from '../../storage/chat-markdown.ts';
import { imageEntry } from '../../storage/image-file.ts';
import { imageHashesOf } from '../../storage/stored-image.ts';
import type { StoredTree } from '../../storage/chat-database.ts';
import { branchTo, createMessageTree } from '../../storage/tree.ts';
import type { ExportedFile } from '../app.ts';
import { unknownChat } from './chat-hub.ts';
import type { ChatHub } from './chat-hub.ts';

interface ExportDeps {
  readonly hub: ChatHub;
  readonly nowMs: () => number;
}

/** JSON holds all branches and settings and can be imported; Markdown holds the branch on screen, to read. */
export async function exportChat(
  conversationId: string,
  format: 'json' | 'markdown',
  deps: ExportDeps,
): Promise<ExportedFile> {
  const tree = await deps.hub.tree(conversationId);
  if (tree.conversation?.deletedAtMs !== null) throw unknownChat(conversationId);
  const name = fileName(tree.conversation.title);
  if (format === 'json') return { name: `${name}.json`, blob: jsonFile([await chatEntry(tree, deps)], deps.nowMs()) };
  const branch = branchTo(createMessageTree(tree.messages), tree.conversation.leafId);
  return {
    name: `${name}.md`,
    blob: new Blob([chatMarkdown(tree.conversation, branch)], { type: 'text/markdown' }),
  };
}

/** Every chat that is not deleted. One chat at a time is in memory as text; the blob's parts may live on disk. */
export async function exportAll(deps: ExportDeps): Promise<ExportedFile> {
  const { nowMs, hub } = deps;
  const parts: Blob[] = [];
  for (const { id, deletedAtMs } of await (await hub.database).conversations()) {
    if (deletedAtMs !== null) continue;
    const tree: StoredTree = await hub.tree(id);
    if (tree.conversation !== null) parts.push(await chatEntry(tree, deps));
  }
  const day = new Date(nowMs()).toISOString().slice(0, 10);
  return { name: `weft-chats-${day}.json`, blob: jsonFile(parts, nowMs()) };
}

/** One chat with its pictures. Of those, one at a time is in memory as text. */
async function chatEntry({ conversation, messages }: StoredTree, { hub }: ExportDeps): Promise<Blob> {
  const database = await hub.database;
  const images: Blob[] = [];
  for (const sha256 of imageHashesOf(messages)) {
    const image = await database.image(sha256);
    if (image !== null) images.push(new Blob([images.length === 0 ? '' : ',', JSON.stringify(imageEntry(image))]));
  }
  const head = `{"conversation":${JSON.stringify(conversation)},"messages":${JSON.stringify(messages)},"images":[`;
  return new Blob([head, ...images, ']}']);
}

function jsonFile(chats: readonly BlobPart[], nowMs: number): Blob {
  const head = `{"format":"${CHAT_FILE_FORMAT}","version":${CHAT_FILE_VERSION},"exportedAtMs":${nowMs},"chats":[\n`;
  const body = chats.flatMap((chat, at) => (at === 0 ? [chat] : [',\n', chat]));
  return new Blob([head, ...body, '\n]}\n'], { type: 'application/json' });
}

/** A title as a file name that every system takes. */
function fileName(title: string): string {
  const name = title
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '')
    .slice(0, 60);
  return name === '' ? 'chat' : name;
}
