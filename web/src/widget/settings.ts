/** What the page that the widget is on says about it, in `data-` attributes of its script. */
import { pickLanguage } from "../shared/i18n";
import { LANGUAGES } from "./words";

/** Gives a signed-in customer's ID token; null while nobody is signed in. */
export type TokenCallback = () => string | null | Promise<string | null>;

export interface Settings {
  /** `data-api`: where the API is; the script's own origin where it is left out. */
  api: string;
  /** `data-title`: what the window is called. */
  title: string | null;
  /** `data-color`: the company's colour. */
  colour: string | null;
  /** `data-position`: `right` (default) or `left`. */
  position: "right" | "left";
  /** `data-language`: the widget's language; the page's, then the reader's, where it is left out. */
  language: string;
  /** The language that answers are asked for in: only what the page has said. */
  answerLanguage: string | null;
  /** `data-theme`: `light`, `dark`, or what the reader's system says. */
  theme: "light" | "dark" | null;
  /** `data-suggestions`: what may be asked first, separated by `|`. */
  suggestions: string[] | null;
  /** `data-token-callback`: name of a function of the page; see `TokenCallback`. */
  tokenCallback: TokenCallback | null;
  /** `data-open`: whether the window is open from the start. */
  isOpen: boolean;
}

export function readSettings(script: HTMLOrSVGElement & { src?: string }, page: Window = window): Settings {
  const data = script.dataset;
  const origin = script.src ? new URL(script.src).origin : page.location.origin;
  const theme = data["theme"];
  const wanted = [data["language"], page.document.documentElement.lang, ...page.navigator.languages];
  return {
    api: (data["api"] || (origin === page.location.origin ? "" : origin)).replace(/\/+$/, ""),
    title: data["title"]?.trim() || null,
    colour: data["color"] ?? data["colour"] ?? null,
    position: data["position"] === "left" ? "left" : "right",
    language: pickLanguage(wanted, LANGUAGES),
    answerLanguage: data["language"] ?? null,
    theme: theme === "light" || theme === "dark" ? theme : null,
    suggestions: data["suggestions"]?.split("|").map((text) => text.trim()).filter(Boolean) ?? null,
    tokenCallback: findCallback(data["tokenCallback"], page),
    isOpen: data["open"] === "true",
  };
}

/** The function is looked up when it is called: the page may define it after the widget. */
function findCallback(name: string | undefined, page: Window): TokenCallback | null {
  if (!name) return null;
  return () => {
    let found: unknown = page;
    for (const part of name.split(".")) found = (found as Record<string, unknown> | undefined)?.[part];
    return typeof found === "function" ? (found as TokenCallback)() : null;
  };
}
