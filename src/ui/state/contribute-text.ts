import type { ContributeState } from '../../node/app.ts';
import { formatCount } from './format.ts';
import { PAUSES } from './mesh-text.ts';

/** What the switch does right now, in one sentence. */
export function describeContribute({ status, paused, running, waiting }: ContributeState): string {
  switch (status) {
    case 'off':
      return 'Off: nobody else uses your GPU.';
    case 'testing':
      return 'Testing your GPU before it answers for others…';
    case 'draining':
      return running === 0
        ? 'Ending: telling the others.'
        : `Ending: ${formatCount(running, 'answer')} ${running === 1 ? 'is' : 'are'} finished first, nothing new is taken.`;
    case 'on': {
      if (paused !== null) return PAUSES[paused];
      if (running === 0) return 'On: waiting for questions.';
      const others = waiting === 0 ? '' : `, ${waiting} waiting`;
      return `On: answering ${formatCount(running, 'question')}${others}.`;
    }
    default:
      return status satisfies never;
  }
}

/** The chart in words. Each value stands for two seconds. */
export function describeRates(rates: readonly number[]): string {
  if (rates.length < 2) return 'Nothing measured yet.';
  const [now, most] = [rates.at(-1) ?? 0, Math.max(...rates)].map((rate) => Math.round(rate));
  const minutes = Math.max(1, Math.round((rates.length * 2) / 60));
  return `Now ${now} tokens/s; at most ${most} in the last ${minutes === 1 ? 'minute' : `${minutes} minutes`}.`;
}
