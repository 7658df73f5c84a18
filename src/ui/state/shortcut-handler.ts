import { withoutThinking } from '../markdown/thinking.ts';
import { matchShortcut } from './shortcuts.ts';
import type { Ui } from './ui.svelte.ts';

/** The page's keyboard: turns key presses into what they stand for. Dialogs and menus keep their own keys. */
export function createShortcutHandler(ui: Ui, newChat: () => void): (event: KeyboardEvent) => void {
  const { announcer, chat, device, isMac, panels, router, toasts } = ui;
  /** What belongs to the chat means nothing while it is not on screen. */
  const isChatShown = (): boolean => router.screen === 'chat';

  const copyAnswer = async (): Promise<void> => {
    const answer = chat.branch.findLast((entry) => entry.message.role === 'assistant' && entry.message.text !== '');
    if (answer === undefined) {
      toasts.show('There is no answer to copy yet.');
      return;
    }
    try {
      await navigator.clipboard.writeText(withoutThinking(answer.message.text));
      toasts.show('Copied the last answer.');
    } catch {
      toasts.show('The browser did not allow copying.', { tone: 'error' });
    }
  };

  const editQuestion = (): void => {
    const question = chat.branch.findLast((entry) => entry.message.role === 'user');
    if (question === undefined || device.blocker !== null) return;
    if (chat.isAnswering) announcer.say('Stop the answer first.');
    else chat.startEdit(question.message.id);
  };

  return (event) => {
    if (event.defaultPrevented) return;
    const { target } = event;
    const element = target instanceof HTMLElement ? target : null;
    const isTyping = element?.closest('input, textarea, select, [contenteditable]') != null;
    const id = matchShortcut(event, { isMac, isTyping });
    if (id === null) return;
    // In front of a dialog or menu only its own keys act, and the two that lead elsewhere.
    const isCovered = document.querySelector('[role="dialog"], [role="menu"]') !== null;
    if (isCovered && id !== 'new-chat' && id !== 'search') return;

    switch (id) {
      case 'new-chat':
        newChat();
        break;
      case 'search':
        panels.closeDialog();
        panels.openSearch();
        break;
      case 'models':
        panels.closeDrawer();
        if (isChatShown()) router.go({ screen: 'models' });
        else router.toChat();
        break;
      case 'stop':
        if (!isChatShown()) router.toChat();
        else if (chat.isAnswering) chat.stop();
        else return;
        break;
      case 'copy-answer':
        if (!isChatShown()) return;
        void copyAnswer();
        break;
      case 'edit-question':
        if (!isChatShown()) return;
        editQuestion();
        break;
      case 'toggle-sidebar':
        panels.toggleSidebar();
        break;
      case 'focus-composer':
        if (!isChatShown()) router.toChat();
        panels.focusComposer();
        break;
      case 'shortcuts':
        panels.open('shortcuts');
        break;
      default:
        id satisfies never;
    }
    event.preventDefault();
  };
}
