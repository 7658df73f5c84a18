import type { WeftError } from '../protocol/errors.ts';
import { newId } from '../storage/new-id.ts';
import type { Notice, Notices } from './app.ts';
import { createLive } from './live.ts';

const MAX_NOTICES = 20;

export interface NoticeBoard extends Notices {
  report(error: WeftError): void;
}

/** Failures that belong to no single message, joined where the same one repeats. The oldest leave first. */
export function createNotices(nowMs: () => number = Date.now): NoticeBoard {
  const list = createLive<readonly Notice[]>([]);
  return {
    list,
    report(error) {
      const wire = error.toWire();
      const same = list.current.find(({ error }) => error.code === wire.code && error.message === wire.message);
      if (same === undefined) {
        const notice = { id: newId(nowMs()), error: wire, atMs: nowMs(), count: 1 };
        list.set([...list.current, notice].slice(-MAX_NOTICES));
      } else {
        const again = { ...same, atMs: nowMs(), count: same.count + 1 };
        list.set(list.current.map((notice) => (notice === same ? again : notice)));
      }
    },
    dismiss(noticeId) {
      list.set(list.current.filter((notice) => notice.id !== noticeId));
    },
  };
}
