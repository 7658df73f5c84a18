import type { ChatTool } from './chat-tool.ts';

export interface ClockDeps {
  readonly nowMs: () => number;
  /** The device's own where absent: `Europe/Berlin`. */
  readonly timeZone?: string;
}

/** Tells the date and the time of this device. */
export function createClock({ nowMs, timeZone }: ClockDeps): ChatTool {
  return {
    definition: {
      name: 'clock',
      description: 'Tells the current date, weekday, time and time zone.',
      parameters: JSON.stringify({ type: 'object', properties: {} }),
    },
    run() {
      const format = new Intl.DateTimeFormat('en-GB', {
        dateStyle: 'full',
        timeStyle: 'long',
        ...(timeZone === undefined ? {} : { timeZone }),
      });
      return `${format.format(nowMs())}, time zone ${format.resolvedOptions().timeZone}`;
    },
  };
}
