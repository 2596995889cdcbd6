/** Figures, times and names as the console writes them. */
import * as format from "../shared/format";

/** The console speaks English; figures and dates are written to match. */
const LANGUAGE = "en";

export const count = (value: number) => format.formatNumber(value, LANGUAGE);
export const share = (value: number) => format.formatShare(value, LANGUAGE);
export const money = (amount: string, currency: string) => format.formatMoney(amount, currency, LANGUAGE);
export const dateTime = (iso: string) => format.formatDateTime(iso, LANGUAGE);
export const clock = (iso: string) => format.formatTime(iso, LANGUAGE);
export const relative = (iso: string) => format.formatRelative(iso, LANGUAGE);

/** How long something took; people take minutes. */
export function milliseconds(value: number): string {
  const minutes = value / 60_000;
  return minutes < 2 ? format.formatMilliseconds(value, LANGUAGE) : `${count(Math.round(minutes))} min`;
}

/** What models cost is fractions of a cent. */
export function dollars(amount: string | number): string {
  const value = Number(amount);
  const digits = value !== 0 && Math.abs(value) < 1 ? 4 : 2;
  return `$${value.toFixed(digits)}`;
}

/** A day such as `2026-01-31`, short. */
export function day(iso: string): string {
  return new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", timeZone: "UTC" }).format(
    new Date(`${iso}T00:00:00Z`),
  );
}

/** How long since, in as few characters as a list has room for: `4m`, `3h`, `2d`. */
export function elapsed(iso: string, now = Date.now()): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(iso)) / 60_000));
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

const SHORT = new Set(["ai", "faq"]);

/** A value of the API as people read it: `in_progress` is "In progress". */
export function label(value: string): string {
  if (SHORT.has(value)) return value.toUpperCase();
  const text = value.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
