/** Text as a reader should get it. */

/** Controls that nobody sees, and those that make text read in another order than it is written. */
const INVISIBLE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}]/gu;

const NAMED: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00A0",
  hellip: "…",
  ndash: "–",
  mdash: "—",
  copy: "©",
  euro: "€",
};

/** Drops characters that only deceive. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(INVISIBLE, "");
}

/** Reads the character references that Markdown allows; one that is not known stays as it is. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hexadecimal, name) => {
    if (name) return NAMED[name.toLowerCase()] ?? whole;
    const point = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hexadecimal, 16);
    const known = point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
    return known ? plain(String.fromCodePoint(point)) : "\uFFFD";
  });
}

/** Cuts a text that should have been short. */
export function cut(text: string, most: number): string {
  const cleaned = plain(text);
  return cleaned.length > most ? `${cleaned.slice(0, most)}…` : cleaned;
}
