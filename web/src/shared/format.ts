/** Times and amounts as a reader of a language expects them, in the reader's own time zone. */

const SECONDS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** The time of day, with the date where that is another one than today's. */
export function formatTime(iso: string, language: string, now = new Date()): string {
  const time = new Date(iso);
  const isToday = time.toDateString() === now.toDateString();
  const clock = { hour: "numeric", minute: "2-digit" } as const;
  const date = { day: "numeric", month: "short", ...(time.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }) } as const;
  return new Intl.DateTimeFormat(language, isToday ? clock : { ...date, ...clock }).format(time);
}

/** Date and time in full. */
export function formatDateTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** How long ago, or in how long: "5 minutes ago", "in 2 days". */
export function formatRelative(iso: string, language: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, length] of SECONDS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, "minute");
}

/** An amount of money that came as a decimal string. */
export function formatMoney(amount: string, currency: string, language: string): string {
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(Number(amount));
}

export function formatNumber(value: number, language: string): string {
  return new Intl.NumberFormat(language).format(value);
}

/** A share (0–1) as a percentage. */
export function formatShare(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(share);
}

export function formatMilliseconds(milliseconds: number, language: string): string {
  if (milliseconds < 1000) return `${formatNumber(Math.round(milliseconds), language)} ms`;
  const seconds = new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(milliseconds / 1000);
  return `${seconds} s`;
}
