import * as v from 'valibot';

/** Opens a broadcast channel of this origin. */
export type OpenBroadcast = (name: string) => BroadcastChannel;

export interface TabFeedInit<Message> {
  /** Of the channel. It is changed when messages change: versions of the page then do not meet. */
  readonly name: string;
  readonly schema: v.GenericSchema<unknown, Message>;
}

export interface TabFeedDeps<Message> {
  readonly openBroadcast: OpenBroadcast;
  /** Called with what other tabs say. */
  readonly onMessage: (message: Message) => void;
}

/** What the tabs of a profile tell each other about one matter. */
export interface TabFeed<Message> {
  readonly publish: (message: Message) => void;
  readonly close: () => void;
}

/** A broadcast of checked messages; what another version of the page says is not for this one. */
export function createTabFeed<Message>(init: TabFeedInit<Message>, deps: TabFeedDeps<Message>): TabFeed<Message> {
  const channel = deps.openBroadcast(init.name);
  let isClosed = false;
  channel.addEventListener('message', (event) => {
    const parsed = v.safeParse(init.schema, event.data);
    if (parsed.success && !isClosed) deps.onMessage(parsed.output);
  });
  return {
    publish(message) {
      if (!isClosed) channel.postMessage(message);
    },
    close() {
      isClosed = true;
      channel.close();
    },
  };
}
