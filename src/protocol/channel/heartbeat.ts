export interface HeartbeatInit {
  /** How often the other side is looked after while something is open. */
  readonly everyMs: number;
  /**
   * Looks in a row that find a ping unanswered before the other side counts as dead. Counted, not measured by a clock:
   * a page that slept or whose timers are slowed down looks less often.
   */
  readonly maxMissed: number;
}

export interface Heartbeat {
  /** Looks after the other side while `isOpen`; costs nothing otherwise. */
  follow(isOpen: boolean): void;
  /** Something came from the other side. */
  heard(): void;
  /** The ping was answered. */
  answered(): void;
}

/**
 * Tells a side that computes from one that hangs. Nothing is missed before the first answer: a script may take long to
 * arrive. At most one ping is under way.
 */
export function createHeartbeat(
  init: HeartbeatInit,
  deps: { readonly ping: () => void; readonly onDead: () => void },
): Heartbeat {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsked = false;
  let hasAnswered = false;
  let missed = 0;

  const look = () => {
    timer = setTimeout(look, init.everyMs);
    if (!isAsked) {
      isAsked = true;
      deps.ping();
    } else if (hasAnswered && ++missed >= init.maxMissed) {
      clearTimeout(timer);
      deps.onDead();
    }
  };

  return {
    follow(isOpen) {
      if (!isOpen) {
        clearTimeout(timer);
        timer = undefined;
      } else if (timer === undefined) {
        missed = 0;
        look();
      }
    },
    heard() {
      missed = 0;
    },
    answered() {
      isAsked = false;
      hasAnswered = true;
      missed = 0;
    },
  };
}
