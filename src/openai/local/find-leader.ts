import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { LOCAL_CALL, pageMessageSchema } from './local-messages.ts';

/** What of a window client is used. */
export interface Tab {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/** A port to the tab that leads. Throws gateway/no-page where none says so in time. */
export async function findLeader(tabs: readonly Tab[], withinMs: number): Promise<MessagePort> {
  const found = Promise.withResolvers<MessagePort | null>();
  const ports = new Set<MessagePort>();
  for (const tab of tabs) {
    const { port1, port2 } = new MessageChannel();
    ports.add(port1);
    port1.onmessage = ({ data }) => {
      const parsed = v.safeParse(pageMessageSchema, data);
      if (parsed.success && parsed.output.t === 'here') found.resolve(port1);
      else {
        port1.close();
        ports.delete(port1);
        if (ports.size === 0) found.resolve(null);
      }
    };
    tab.postMessage(LOCAL_CALL, [port2]);
  }
  const timer = setTimeout(() => found.resolve(null), withinMs);
  if (tabs.length === 0) found.resolve(null);
  const leader = await found.promise;
  clearTimeout(timer);
  for (const port of ports) if (port !== leader) port.close();
  if (leader !== null) {
    leader.onmessage = null;
    return leader;
  }
  throw new WeftError('gateway/no-page', 'No tab of Weft that could answer is open in this browser.', {
    hints: ['Open Weft in a tab and leave it open.'],
    retryable: true,
  });
}
