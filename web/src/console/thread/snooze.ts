/** Times people put things off to. */

const HOUR = 3_600_000;
const MORNING = 9;

export function snoozes(now: Date): { hour: Date; later: Date; tomorrow: Date; monday: Date } {
  return {
    hour: new Date(now.getTime() + HOUR),
    later: new Date(now.getTime() + 3 * HOUR),
    tomorrow: morning(now, 1),
    monday: morning(now, (8 - now.getDay()) % 7 || 7),
  };
}

function morning(now: Date, days: number): Date {
  const day = new Date(now);
  day.setDate(day.getDate() + days);
  day.setHours(MORNING, 0, 0, 0);
  return day;
}
