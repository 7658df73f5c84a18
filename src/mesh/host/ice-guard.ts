import { WeftError } from '../../protocol/errors.ts';

/** What a page needs of `globalThis` to be guarded. */
export interface WebRtcGlobal {
  RTCPeerConnection?: typeof RTCPeerConnection;
}

/**
 * From now on nobody in this page opens a peer connection that would ask a server which the relays' operators did not
 * configure: the constructor throws mesh/ice-server before anything is sent. Libraries bring public servers of third parties
 * as defaults. Returns the way out.
 */
export function installIceGuard(scope: WebRtcGlobal, isAllowed: (url: string) => boolean): () => void {
  const Native = scope.RTCPeerConnection;
  if (Native === undefined) return () => undefined;

  const check = (configuration: RTCConfiguration | undefined) => {
    for (const { urls } of configuration?.iceServers ?? []) {
      for (const url of typeof urls === 'string' ? [urls] : urls) {
        if (isAllowed(url)) continue;
        throw new WeftError(
          'mesh/ice-server',
          `Something wanted to ask ${url}, which no relay of yours has configured.`,
          {
            hints: ['Nothing was sent. Please report it: this is a fault in Weft.'],
          },
        );
      }
    }
  };

  class GuardedPeerConnection extends Native {
    constructor(configuration?: RTCConfiguration) {
      check(configuration);
      super(configuration);
    }
    override setConfiguration(configuration?: RTCConfiguration): void {
      check(configuration);
      super.setConfiguration(configuration);
    }
  }
  scope.RTCPeerConnection = GuardedPeerConnection;
  return () => {
    if (scope.RTCPeerConnection === GuardedPeerConnection) scope.RTCPeerConnection = Native;
  };
}
