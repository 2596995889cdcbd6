/** Languages of the pages' own words. */

/** Words by name; `{name}` in them is replaced. */
export type Words<Name extends string> = Record<Name, string>;

/** Says words in one language. */
export type Say<Name extends string> = (name: Name, values?: Record<string, string | number>) => string;

const RIGHT_TO_LEFT = /^(ar|dv|fa|he|ps|sd|ug|ur|yi)\b/i;

/**
 * Picks a language.
 *
 * @param wanted - Language tags, the most wanted first.
 * @param offered - Languages that there are words of; the first is the one for everybody else.
 */
export function pickLanguage(wanted: (string | null | undefined)[], offered: string[]): string {
  for (const tag of wanted) {
    const language = tag?.toLowerCase().split("-")[0];
    if (language && offered.includes(language)) return language;
  }
  return offered[0]!;
}

/** Tells how a language is written. */
export function direction(language: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.test(language) ? "rtl" : "ltr";
}

/** Makes what says the words of a language. */
export function speaker<Name extends string>(words: Words<Name>): Say<Name> {
  return (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}
