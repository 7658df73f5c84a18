import type { Conversation } from '../../node/app.ts';
import type { MenuAction } from '../components/basics/menu-action.ts';
import type { Ui } from './ui.svelte.ts';

/** What the menu of a chat offers, in groups. */
export function chatActions(ui: Ui, chat: Conversation): readonly (readonly MenuAction[])[] {
  const { chats, panels } = ui;
  return [
    [
      {
        label: 'Rename',
        icon: 'edit',
        run: () => {
          if (!panels.isSidebarShown) panels.toggleSidebar();
          chats.showsArchive = chat.archived;
          chats.query = '';
          chats.startRename(chat.id);
        },
      },
      {
        label: chat.pinned ? 'Unpin' : 'Pin to the top',
        icon: chat.pinned ? 'unpin' : 'pin',
        run: () => chats.togglePinned(chat),
      },
      {
        label: chat.archived ? 'Move out of the archive' : 'Archive',
        icon: 'archive',
        run: () => chats.toggleArchived(chat),
      },
    ],
    [
      { label: 'Save as Markdown', icon: 'download', run: () => chats.exportChat(chat, 'markdown') },
      { label: 'Save as JSON', icon: 'download', run: () => chats.exportChat(chat, 'json') },
    ],
    [
      {
        label: 'Delete',
        icon: 'trash',
        tone: 'danger',
        run: async () => {
          await chats.remove(chat);
          panels.focusComposer();
        },
      },
    ],
  ];
}
