import { describe, expect, it } from 'vitest';
import type { BranchMessage, Message } from '../../node/app.ts';
import { MessageWindow } from './message-window.svelte.ts';

function branchOf(count: number, prefix = 'm'): readonly BranchMessage[] {
  return Array.from({ length: count }, (_, at) => ({
    message: { id: `${prefix}${at}` } as Message,
    siblings: [{ id: `${prefix}${at}` } as Message],
    index: 0,
  }));
}

const firstOf = (messages: MessageWindow): string | undefined => messages.shown[0]?.message.id;

describe('MessageWindow', () => {
  it('shows a short branch as a whole and the end of a long one', () => {
    let branch = $state.raw(branchOf(40));
    const messages = new MessageWindow(() => branch);
    expect([messages.shown.length, messages.hasEarlier]).toEqual([40, false]);
    branch = branchOf(100);
    expect([messages.shown.length, firstOf(messages), messages.hasEarlier]).toEqual([40, 'm60', true]);
  });

  it('goes back page by page to the first message', () => {
    const messages = new MessageWindow(() => branchOf(100));
    messages.showEarlier();
    expect(firstOf(messages)).toBe('m20');
    messages.showEarlier();
    expect([firstOf(messages), messages.hasEarlier]).toEqual(['m0', false]);
  });

  it('keeps its beginning while messages are added, and forgets it in another chat', () => {
    let branch = $state.raw(branchOf(100));
    const messages = new MessageWindow(() => branch);
    messages.showEarlier();
    branch = branchOf(104);
    expect(firstOf(messages)).toBe('m20');
    branch = branchOf(50, 'other');
    expect(firstOf(messages)).toBe('other10');
  });

  it('reaches back to a message that is asked for', () => {
    const messages = new MessageWindow(() => branchOf(100));
    messages.include('m90');
    expect(firstOf(messages)).toBe('m60');
    messages.include('m30');
    expect(firstOf(messages)).toBe('m26');
  });
});
