/** Minutes after midnight as a time field writes them: 570 → "09:30". */
export function formatClock(minute: number): string {
  const hours = Math.floor(minute / 60) % 24;
  return `${String(hours).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** What a time field says, in minutes after midnight; null where it is empty. */
export function parseClock(text: string): number | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)/.exec(text);
  return match === null ? null : Number(match[1]) * 60 + Number(match[2]);
}
