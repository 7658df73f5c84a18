import type { ChannelPort } from '../../protocol/channel/port.ts';
import type { TabBus } from './tab-bus.ts';

export interface SessionPort extends ChannelPort {
  /** Ends the port as lost: its channel rejects what is open. Nothing is said to the other side. */
  die(cause: unknown): void;
}

/** One end of a session between two tabs, over the bus. Values are copied; nothing can be moved between tabs. */
export function createSessionPort(bus: TabBus, session: string, peer: string): SessionPort {
  const { tabId } = bus;
  let onFrame: ((data: unknown) => void) | null = null;
  let onDead: ((cause: unknown) => void) | null = null;
  let isOver = false;

  const finish = () => {
    isOver = true;
    unsubscribe();
  };
  const die = (cause: unknown) => {
    if (isOver) return;
    finish();
    onDead?.(cause);
  };
  const unsubscribe = bus.subscribe((message) => {
    if (!('session' in message) || message.session !== session || message.from !== peer) return;
    if (message.type === 'frame') onFrame?.(message.data);
    else if (message.type === 'close') die(new Error('the other tab ended the session'));
  });

  return {
    post(frame) {
      if (!isOver) bus.post({ type: 'frame', from: tabId, to: peer, session, data: frame });
    },
    onFrame(handler) {
      onFrame = handler;
    },
    onDead(handler) {
      onDead = handler;
    },
    close() {
      if (isOver) return;
      finish();
      bus.post({ type: 'close', from: tabId, to: peer, session });
    },
    die,
  };
}
