import type { MultiaddrConnection } from '@libp2p/interface';

/**
 * Ends the WebSocket of a connection that is aborted. libp2p closes it with code 1006 then, which no WebSocket takes: the
 * other side would go on as if nothing had happened, and the socket would stay.
 */
export function endSocketOnAbort(connection: MultiaddrConnection) {
  connection.addEventListener(
    'close',
    () => {
      if (connection.status !== 'aborted') return;
      const { websocket } = connection as { readonly websocket?: { terminate?(): void } };
      websocket?.terminate?.();
    },
    { once: true },
  );
}
