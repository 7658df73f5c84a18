import type { Frame } from './frames.ts';

/** One end of a two-way message pipe that keeps order and copies values by structured clone. */
export interface ChannelPort {
  /** Throws what the platform throws for a value that cannot be cloned. */
  readonly post: (frame: Frame, transfer?: readonly Transferable[]) => void;
  /** Called with each message, whatever it is. Call once, in the same turn as the port is made, or messages are lost. */
  readonly onFrame: (handler: (data: unknown) => void) => void;
  /** Called at most once, when the other side is gone or can no longer be understood. Not called after `close`. */
  readonly onDead: (handler: (cause: unknown) => void) => void;
  readonly close: () => void;
}

/** The page's end of a worker. `close` terminates the worker. */
export function portFromWorker(worker: Worker): ChannelPort {
  const dead = createDeath();
  worker.addEventListener('error', (event) => {
    // Also how a script that could not be loaded or parsed announces itself, then without a message.
    event.preventDefault();
    dead.die(event.error ?? new Error(event.message === '' ? 'The worker script did not load.' : event.message));
  });
  worker.addEventListener('messageerror', () => dead.die(new Error('A message from the worker could not be read.')));
  return {
    post: (frame, transfer) => worker.postMessage(frame, [...(transfer ?? [])]),
    onFrame: (handler) => worker.addEventListener('message', (event) => handler(event.data)),
    onDead: dead.onDead,
    close() {
      dead.forget();
      worker.terminate();
    },
  };
}

/** What a dedicated worker's global scope offers; named here because page and worker share one TypeScript project. */
export interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: 'message' | 'messageerror', listener: (event: MessageEvent) => void): void;
  close(): void;
}

/** The worker's own end. `close` ends the worker. */
export function portFromSelf(scope: WorkerScope): ChannelPort {
  const dead = createDeath();
  scope.addEventListener('messageerror', () => dead.die(new Error('A message from the page could not be read.')));
  return {
    post: (frame, transfer) => scope.postMessage(frame, [...(transfer ?? [])]),
    onFrame: (handler) => scope.addEventListener('message', (event) => handler(event.data)),
    onDead: dead.onDead,
    close() {
      dead.forget();
      scope.close();
    },
  };
}

/** Either end of a `MessageChannel`. Browsers without the `close` event never report a lost port by themselves. */
export function portFromMessagePort(port: MessagePort): ChannelPort {
  const dead = createDeath();
  port.addEventListener('close', () => dead.die(new Error('The other end of the message port closed.')));
  port.addEventListener('messageerror', () => dead.die(new Error('A message from the port could not be read.')));
  return {
    post: (frame, transfer) => port.postMessage(frame, [...(transfer ?? [])]),
    onFrame(handler) {
      port.addEventListener('message', (event) => handler(event.data));
      port.start();
    },
    onDead: dead.onDead,
    close() {
      dead.forget();
      port.close();
    },
  };
}

function createDeath() {
  let handler: ((cause: unknown) => void) | null = null;
  let cause: { readonly value: unknown } | null = null;
  let over = false;
  const tell = () => {
    if (over || cause === null || handler === null) return;
    over = true;
    handler(cause.value);
  };
  return {
    die(value: unknown) {
      cause ??= { value };
      tell();
    },
    /** A death before anybody listened is told to the first listener. */
    onDead: (listener: (cause: unknown) => void) => {
      handler = listener;
      tell();
    },
    forget() {
      over = true;
    },
  };
}
