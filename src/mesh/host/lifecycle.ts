/** What happens to the page around a host. */
interface Lifecycle {
  /** Back from sleep, shown again, or the network is back. */
  readonly onWake: () => void;
  /** The page goes, perhaps for good: there is time for nothing that waits. */
  readonly onLeave: () => void;
}

/** Listens to a page's life; returns the way out. Outside a page nothing happens. */
export type WatchLifecycle = (lifecycle: Lifecycle) => () => void;

/** Sees to it that only allowed ICE servers are ever asked; returns the way out. */
export type GuardIce = (isAllowed: (url: string) => boolean) => () => void;
