import type { BranchMessage, Message } from '../../node/app.ts';

/** The alternative that is shown beside this one: the newest other, by another model where there is one. */
export function neighbourOf({ message, siblings }: BranchMessage): Message | null {
  const others = siblings.filter(({ id }) => id !== message.id);
  return others.findLast(({ modelId }) => modelId !== message.modelId) ?? others.at(-1) ?? null;
}
