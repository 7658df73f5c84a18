import { WeftError } from '../../protocol/errors.ts';
import type { GuardIce } from './lifecycle.ts';

/** Who may say that a server is allowed, by the class that asks: a page has one, and libraries take hold of it for good. */
const guards = new WeakMap<typeof RTCPeerConnection, Set<(url: string) => boolean>>();

/**
 * From now on nobody in this page opens a peer connection that would ask a server which no relay's operator has configured:
 * the constructor throws mesh/ice-server before anything is sent. Libraries bring public servers of third parties as
 * defaults. The way out takes back what was allowed; the guard stays.
 */
export const guardPageIce: GuardIce = (isAllowed) => {
  // Some browsers and policies have none; such a page goes through relays.
  if (!('RTCPeerConnection' in globalThis)) return () => undefined;
  const allowing = guards.get(globalThis.RTCPeerConnection) ?? installGuard();
  allowing.add(isAllowed);
  return () => allowing.delete(isAllowed);
};

function installGuard(): Set<(url: string) => boolean> {
  const allowing = new Set<(url: string) => boolean>();

  const check = (configuration: RTCConfiguration | undefined) => {
    for (const { urls } of configuration?.iceServers ?? []) {
      for (const url of typeof urls === 'string' ? [urls] : urls) {
        if ([...allowing].some((isAllowed) => isAllowed(url))) continue;
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

  class GuardedPeerConnection extends globalThis.RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      check(configuration);
      super(configuration);
    }
    override setConfiguration(configuration?: RTCConfiguration): void {
      check(configuration);
      super.setConfiguration(configuration);
    }
  }
  guards.set(GuardedPeerConnection, allowing);
  globalThis.RTCPeerConnection = GuardedPeerConnection;
  return allowing;
}
