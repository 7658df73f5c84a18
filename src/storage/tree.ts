import type { Message } from './schema.ts';

/** The messages of one conversation, arranged. Built once per change; lookups are constant. */
export interface MessageTree {
  readonly byId: ReadonlyMap<string, Message>;
  /** Alternatives after one parent (null: first messages), oldest first. An orphan counts as a first message. */
  children(parentId: string | null): readonly Message[];
}

export function createMessageTree(messages: Iterable<Message>): MessageTree {
  const byId = new Map<string, Message>();
  for (const message of messages) byId.set(message.id, message);
  const byParent = new Map<string | null, Message[]>();
  for (const message of byId.values()) {
    const parent = parentIn(byId, message);
    const siblings = byParent.get(parent);
    if (siblings === undefined) byParent.set(parent, [message]);
    else siblings.push(message);
  }
  for (const siblings of byParent.values()) siblings.sort(compareMessages);
  return { byId, children: (parentId) => byParent.get(parentId) ?? [] };
}

/** The parent's id, or null for a first message and for one whose parent is lost. */
export function parentIn(byId: ReadonlyMap<string, Message>, message: Message): string | null {
  return message.parentId !== null && byId.has(message.parentId) ? message.parentId : null;
}

/** Oldest first; ids decide between equal times, so that the order never changes between two reads. */
export function compareMessages(a: Message, b: Message): number {
  return a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** From the first message to `leafId`; a lost leaf is replaced by the newest branch's. */
export function branchTo(tree: MessageTree, leafId: string | null): readonly Message[] {
  const leaf = (leafId === null ? undefined : tree.byId.get(leafId)) ?? newestLeaf(tree, null);
  const branch: Message[] = [];
  const seen = new Set<string>();
  let at = leaf;
  while (at !== undefined && !seen.has(at.id)) {
    seen.add(at.id);
    branch.push(at);
    at = at.parentId === null ? undefined : tree.byId.get(at.parentId);
  }
  return branch.reverse();
}

/** Follows the newest child from `startId` (null: from the first messages) to the end of its branch. */
export function newestLeaf(tree: MessageTree, startId: string | null): Message | undefined {
  let at = startId === null ? undefined : tree.byId.get(startId);
  // A path cannot be longer than there are messages: the bound ends a cycle made by a damaged record.
  for (let steps = 0; steps <= tree.byId.size; steps++) {
    const next: Message | undefined = tree.children(at === undefined ? null : at.id).at(-1);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** The message and everything below it, parents before children. */
export function subtree(tree: MessageTree, messageId: string): readonly Message[] {
  const root = tree.byId.get(messageId);
  if (root === undefined) return [];
  const found = [root];
  const seen = new Set([root.id]);
  // The list grows while it is walked: that is the walk.
  for (const at of found) {
    for (const child of tree.children(at.id)) {
      if (seen.has(child.id)) continue;
      seen.add(child.id);
      found.push(child);
    }
  }
  return found;
}

/** The id the branch on screen ends at: the stored one, or the newest branch's where that message is lost. */
export function repairedLeafId(messages: readonly Message[], leafId: string | null): string | null {
  if (leafId !== null && messages.some((message) => message.id === leafId)) return leafId;
  return newestLeaf(createMessageTree(messages), null)?.id ?? null;
}
