import type { Energy } from '../energy.ts';
import type { ContributeRules, PauseReason } from '../mesh/mesh-view.ts';

/** Why a device does nothing for others right now, by the rules of its person and what the machine has to spare; null: it may. */
export function pauseReason(
  rules: Pick<ContributeRules, 'pauseOnBattery' | 'pauseWhenBusy' | 'schedule'>,
  now: Date,
  { battery, pressure }: Energy['state']['current'],
): Extract<PauseReason, 'battery' | 'busy' | 'schedule'> | null {
  if (rules.schedule !== null && !isWithin(rules.schedule, now.getHours() * 60 + now.getMinutes())) return 'schedule';
  if (rules.pauseOnBattery && battery !== null && !battery.isCharging) return 'battery';
  if (rules.pauseWhenBusy && pressure === 'critical') return 'busy';
  return null;
}

/** `toMinute` is not in it; where it is not after `fromMinute`, the time goes over midnight, and where both are one, it is the whole day. */
function isWithin({ fromMinute, toMinute }: NonNullable<ContributeRules['schedule']>, minute: number): boolean {
  if (fromMinute === toMinute) return true;
  return fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute;
}
