/** Figures of a report as people read them. */

interface Units {
  seconds: (n: string) => string;
  minutes: (n: string) => string;
  hours: (n: string) => string;
  days: (n: string) => string;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 45 s, 14 min, 3.1 h, 1.6 d: in the largest unit of which there is one. */
export function length(seconds: number, units: Units, locale: string): string {
  if (seconds === 0) return "0";
  if (seconds < MINUTE) return units.seconds(rounded(seconds, locale));
  if (seconds < HOUR) return units.minutes(rounded(seconds / MINUTE, locale));
  if (seconds < DAY) return units.hours(rounded(seconds / HOUR, locale));
  return units.days(rounded(seconds / DAY, locale));
}

export function points(amount: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(amount);
}

export function percent(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

export function probability(p: number, locale: string): string {
  return p < 0.001 ? "p < 0.001" : `p = ${new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 }).format(p)}`;
}

function rounded(amount: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: amount < 10 ? 1 : 0 }).format(amount);
}
