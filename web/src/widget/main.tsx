/**
 * The widget: `<script src="…/widget.js" data-…></script>` puts a chat into the corner of a page.
 *
 * It lives in a shadow root with a style sheet of its own making, so that neither the page's styles
 * nor its content security policy (`style-src 'self'`) get in the way.
 */
import { render } from "preact";
import { readableOn, readColour, type Rgb, textOn, writeColour } from "../shared/colours";
import { direction, speaker } from "../shared/i18n";
import tokens from "../shared/tokens.css?inline";
import { Chat } from "./chat";
import { Memory } from "./memory";
import { readSettings, type Settings } from "./settings";
import { makeDoor, Widget } from "./view/widget";
import styles from "./widget.css?inline";
import { WORDS } from "./words";

/** What pages can do with the widget. */
export interface FrontdeskApi {
  open(): void;
  close(): void;
  /** Asks the token callback again: call it when somebody has signed in or out. */
  refresh(): Promise<void>;
}

declare global {
  interface Window {
    Frontdesk?: FrontdeskApi;
  }
}

const LIGHT: Rgb = [255, 255, 255];
const DARK: Rgb = [0x15, 0x18, 0x1e];

function start(settings: Settings): FrontdeskApi {
  const host = document.createElement("div");
  host.id = "frontdesk-widget";
  host.lang = settings.language;
  host.dir = direction(settings.language);
  host.dataset["position"] = settings.position;
  if (settings.theme) host.dataset["theme"] = settings.theme;
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [toSheet(tokens), toSheet(styles)];
  paint(host, settings.colour);

  const chat = new Chat({
    api: settings.api,
    memory: new Memory(settings.api),
    callback: settings.tokenCallback,
    language: settings.answerLanguage,
  });
  const say = speaker(WORDS[settings.language]!);
  const door = makeDoor(settings.isOpen);
  const surroundings = { chat, say, language: settings.language };
  render(<Widget surroundings={surroundings} door={door} title={settings.title} suggestions={settings.suggestions} />, root);
  document.body.append(host);
  addEventListener("online", () => chat.setOnline(true));
  addEventListener("offline", () => chat.setOnline(false));
  chat.lookForNews();
  return { open: () => door.set(true), close: () => door.set(false), refresh: () => chat.renew() };
}

function toSheet(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

/** Takes on the company's colour, as far as it can be read. */
function paint(host: HTMLElement, colour: string | null): void {
  const accent = readColour(colour);
  if (!accent) return;
  host.style.setProperty("--accent", writeColour(accent));
  host.style.setProperty("--accent-text", writeColour(textOn(accent)));
  const [light, dark] = [LIGHT, DARK].map((background) => writeColour(readableOn(accent, background)));
  host.style.setProperty("--link", `light-dark(${light}, ${dark})`);
}

const script = document.currentScript;
if (script && !window.Frontdesk) {
  const begin = () => {
    window.Frontdesk = start(readSettings(script));
  };
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
}
