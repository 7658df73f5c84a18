import { describe, expect, it } from 'vitest';
import { pauseReason } from './pause-reason.ts';

const rules = { pauseOnBattery: true, pauseWhenBusy: true, schedule: null };
const rested = { battery: null, pressure: null };
const at = (hours: number, minutes = 0) => new Date(2026, 0, 5, hours, minutes);

describe('why a device pauses', () => {
  it('serves where nothing is known of battery and pressure', () => {
    expect(pauseReason(rules, at(12), rested)).toBeNull();
  });

  it('pauses on battery, not on its charger, and not where the person does not mind', () => {
    const battery = { level: 0.9, isCharging: false };
    expect(pauseReason(rules, at(12), { ...rested, battery })).toBe('battery');
    expect(pauseReason(rules, at(12), { ...rested, battery: { ...battery, isCharging: true } })).toBeNull();
    expect(pauseReason({ ...rules, pauseOnBattery: false }, at(12), { ...rested, battery })).toBeNull();
  });

  it('pauses under critical pressure only: its own work makes a machine busy', () => {
    expect(pauseReason(rules, at(12), { ...rested, pressure: 'critical' })).toBe('busy');
    expect(pauseReason(rules, at(12), { ...rested, pressure: 'serious' })).toBeNull();
  });

  it('keeps to a schedule, also over midnight', () => {
    const day = { ...rules, schedule: { fromMinute: 9 * 60, toMinute: 17 * 60 } };
    expect(pauseReason(day, at(9), rested)).toBeNull();
    expect(pauseReason(day, at(16, 59), rested)).toBeNull();
    expect(pauseReason(day, at(17), rested)).toBe('schedule');
    const night = { ...rules, schedule: { fromMinute: 22 * 60, toMinute: 6 * 60 } };
    expect(pauseReason(night, at(23), rested)).toBeNull();
    expect(pauseReason(night, at(5, 59), rested)).toBeNull();
    expect(pauseReason(night, at(6), rested)).toBe('schedule');
    expect(pauseReason({ ...rules, schedule: { fromMinute: 60, toMinute: 60 } }, at(20), rested)).toBeNull();
  });
});
