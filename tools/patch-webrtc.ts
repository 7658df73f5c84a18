import type { Plugin } from 'vite';

/** The file of @libp2p/webrtc that opens a connection as its dialer. */
const PATCHED_FILE = /[/\\]@libp2p[/\\]webrtc[/\\]dist[/\\]src[/\\]private-to-private[/\\]initiate-connection\.js$/;

/**
 * The listener may close the `init` channel before the dialer sees `connected`: then the dialer waits for an `open` or a
 * `close` that has been already, and about one dial in ten hangs until its deadline (@libp2p/webrtc 6.0.33).
 */
const HANGS = `        if (channel.readyState !== 'open') {
            log.trace('wait for init channel to open');
            await pEvent(channel, 'open', {
                signal
            });
        }
        log.trace('closing init channel');
        channel.close();
        // wait for init channel to close before proceeding, otherwise the channel
        // id can be reused before both sides have seen the channel close
        log.trace('waiting for init channel to close');
        await pEvent(channel, 'close', {
            signal
        });
`;

const WAITS_FOR_WHAT_COMES = `        if (channel.readyState === 'connecting') {
            log.trace('wait for init channel to open or close');
            await pEvent(channel, ['open', 'close'], {
                signal
            });
        }
        if (channel.readyState !== 'closed') {
            log.trace('closing init channel and waiting for it to close');
            const closed = pEvent(channel, 'close', {
                signal
            });
            channel.close();
            await closed;
        }
`;

/** The dialer without the fault. Throws where the source is another than the one that was measured. */
export function patchInitiateConnection(source: string): string {
  const [before, after, ...more] = source.split(HANGS);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(
      'tools/patch-webrtc.ts no longer fits @libp2p/webrtc. See whether its initiate-connection.js still waits for ' +
        '`open` on a channel that may be closed: if so, write the patch anew, else remove it.',
    );
  }
  return before + WAITS_FOR_WHAT_COMES + after;
}

/** Builds @libp2p/webrtc without its hanging dial: in the page, while developing, and in tests in a browser. */
export function patchWebRtc(): Plugin {
  const patch = {
    name: 'weft-patch-webrtc',
    transform: {
      filter: { id: PATCHED_FILE },
      handler: (source: string) => ({ code: patchInitiateConnection(source), map: null }),
    },
  };
  let isPatched = false;
  return {
    ...patch,
    config: () => ({ optimizeDeps: { rolldownOptions: { plugins: [patch] } } }),
    transform: {
      ...patch.transform,
      handler(source) {
        isPatched = true;
        return patch.transform.handler(source);
      },
    },
    generateBundle() {
      const isUsed = [...this.getModuleIds()].some((id) => /[/\\]@libp2p[/\\]webrtc[/\\]/.test(id));
      if (isUsed && !isPatched) this.error('@libp2p/webrtc was built without its patch: its files lie elsewhere now.');
    },
  };
}
