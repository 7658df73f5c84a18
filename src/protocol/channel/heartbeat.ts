export interface HeartbeatInit {
  /** How often the other side is looked after while something is open. */
  readonly everyMs: number;
  /**
   * Looks in a row that find a ping unanswered before the other side counts as dead. Counted, not measured by a clock:
   * a page that slept or whose timers are slowed down looks less often.
   */
  readonly maxMissed: number;
  /**
   * Answers in a row that tell of the same progress before the other side counts as stuck: it lives, and waits for
   * something that does not come. Absent: it may wait for ever.
   */
  readonly maxStill?: number;
}

/** What is wrong with the other side: it says nothing, or it gets nothing done. */
export type HeartbeatFault = 'silent' | 'stuck';

export interface Heartbeat {
  /** Looks after the other side while `isOpen`; costs nothing otherwise. */
  follow(isOpen: boolean): void;
  /** Something came from the other side. */
  heard(): void;
  /** The ping was answered, with the steps done so far on what is waited for; null where nothing is. */
  answered(progress: number | null): void;
}

/**
 * Tells a side that computes from one that hangs, and where it counts its steps, from one that waits in vain. Nothing is missed before the first answer: a script may take long to
 * arrive. At most one ping is under way.
 */
export function createHeartbeat(
  init: HeartbeatInit,
  deps: { readonly ping: () => void; readonly onDead: (fault: HeartbeatFault) => void },
): Heartbeat {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsked = false;
  let hasAnswered = false;
  let missed = 0;
  /** The last answer's progress, and the answers since then that told of the same. */
  let last: number | null = null;
  let still = 0;

  const giveUp = (fault: HeartbeatFault) => {
    clearTimeout(timer);
    deps.onDead(fault);
  };

  const look = () => {
    timer = setTimeout(look, init.everyMs);
    if (!isAsked) {
      isAsked = true;
      deps.ping();
    } else if (hasAnswered && ++missed >= init.maxMissed) {
      giveUp('silent');
    }
  };

  return {
    follow(isOpen) {
      if (!isOpen) {
        clearTimeout(timer);
        timer = undefined;
      } else if (timer === undefined) {
        missed = 0;
        still = 0;
        last = null;
        look();
      }
    },
    heard() {
      missed = 0;
    },
    answered(progress) {
      isAsked = false;
      hasAnswered = true;
      missed = 0;
      still = progress !== null && progress === last ? still + 1 : 0;
      last = progress;
      // What nobody waits for any more cannot be stuck.
      if (init.maxStill !== undefined && still >= init.maxStill && timer !== undefined) giveUp('stuck');
    },
  };
}
