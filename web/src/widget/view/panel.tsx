/** The window: who answers, what was said, what is in the way, where to write. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { State, Trouble } from "../state";
import { downloadTranscript } from "../transcript";
import type { Word } from "../words";
import { useSurroundings } from "./context";
import { Icon } from "./icons";
import { Messages } from "./messages";

const MOST_CHARACTERS = 4000;

interface PanelProps {
  state: State;
  title: string;
  suggestions: string[];
  isModal: boolean;
  onClose: () => void;
}

export function Panel({ state, title, suggestions, isModal, onClose }: PanelProps) {
  const panel = useRef<HTMLElement>(null);
  const [asksForPerson, setAsksForPerson] = useState(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      if (asksForPerson) setAsksForPerson(false);
      else onClose();
    }
    if (event.key === "Tab" && isModal && panel.current) keepInside(event, panel.current);
  };
  return (
    <section ref={panel} id="panel" class="panel" role="dialog" aria-modal={isModal} aria-labelledby="title" onKeyDown={onKeyDown}>
      <Header state={state} title={title} onClose={onClose} />
      <Banners state={state} />
      <Messages state={state} suggestions={suggestions} onPerson={() => setAsksForPerson(true)} />
      {asksForPerson ? (
        <PersonForm isCustomer={state.isCustomer} onDone={() => setAsksForPerson(false)} />
      ) : (
        <Composer state={state} onPerson={() => setAsksForPerson(true)} />
      )}
    </section>
  );
}

interface HeaderProps {
  state: State;
  title: string;
  onClose: () => void;
}

function Header({ state, title, onClose }: HeaderProps) {
  const { chat, say, language } = useSurroundings();
  const [isMenuOpen, setMenuOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const choose = (action: () => void) => () => {
    setMenuOpen(false);
    action();
  };
  const leave = (event: FocusEvent) => {
    if (!menu.current?.contains(event.relatedTarget as Node | null)) setMenuOpen(false);
  };
  const closeMenu = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isMenuOpen) return;
    event.stopPropagation();
    setMenuOpen(false);
    menu.current?.querySelector("button")?.focus();
  };
  return (
    <div class="head">
      <div class="names">
        <h2 id="title">{title}</h2>
        <p>{say(state.handler === "human" ? "byPerson" : "byAssistant")}</p>
      </div>
      <div class="menu" ref={menu} onFocusOut={leave} onKeyDown={closeMenu}>
        <button type="button" class="square" aria-expanded={isMenuOpen} aria-label={say("menu")} title={say("menu")} onClick={() => setMenuOpen(!isMenuOpen)}>
          <Icon name="more" />
        </button>
        {isMenuOpen ? (
          <ul>
            <li>
              <button type="button" disabled={!state.entries.length} onClick={choose(() => downloadTranscript(state.entries, say, language))}>
                {say("transcript")}
              </button>
            </li>
            <li>
              <button type="button" disabled={!state.entries.length} onClick={choose(() => chat.restart())}>
                {say("restart")}
              </button>
            </li>
          </ul>
        ) : null}
      </div>
      <button type="button" class="square" aria-label={say("close")} title={say("close")} onClick={onClose}>
        <Icon name="close" />
      </button>
    </div>
  );
}

const TROUBLES: Record<NonNullable<Trouble>, Word> = {
  offline: "offline",
  unreachable: "unreachable",
  busy: "busy",
  ended: "ended",
};

function Banners({ state }: { state: State }) {
  const { chat, say } = useSurroundings();
  const about: Word | null = state.isClosed
    ? "closed"
    : state.handler === "human"
      ? "taken"
      : state.waitsForPerson
        ? "waiting"
        : state.wasReleased
          ? "released"
          : null;
  return (
    <div class="banners">
      <div role="status">
        {about ? (
          <p class={`banner ${about}`}>
            <Icon name={state.handler === "human" || about === "waiting" ? "person" : "check"} /> {say(about)}
          </p>
        ) : null}
      </div>
      <div role="alert">
        {state.trouble ? (
          <p class="banner trouble">
            {say(TROUBLES[state.trouble])}{" "}
            {state.trouble === "ended" ? (
              <button type="button" class="link" onClick={() => void chat.renew()}>
                {say("signIn")}
              </button>
            ) : null}
          </p>
        ) : null}
      </div>
    </div>
  );
}

function Composer({ state, onPerson }: { state: State; onPerson: () => void }) {
  const { chat, say } = useSurroundings();
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
  // At once: a key that is pressed before the focus has moved would be lost.
  useLayoutEffect(() => field.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!text.trim()) return;
    chat.send(text.trim());
    setText("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the writing of a character that needs several keys.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label class="hidden" for="message">
        {say("write")}
      </label>
      <textarea
        ref={field}
        id="message"
        rows={1}
        dir="auto"
        maxLength={MOST_CHARACTERS}
        placeholder={say("write")}
        value={text}
        enterkeyhint="send"
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        disabled={state.trouble === "ended"}
      />
      <button type="submit" class="primary square" aria-label={say("send")} title={say("send")} disabled={!text.trim()}>
        <Icon name="send" />
      </button>
      <button type="button" class="person" onClick={onPerson}>
        <Icon name="person" size={16} /> {say("person")}
      </button>
    </form>
  );
}

/** A person is asked for in the customer's own words, and with an address where we know none. */
function PersonForm({ isCustomer, onDone }: { isCustomer: boolean; onDone: () => void }) {
  const { chat, say } = useSurroundings();
  const [about, setAbout] = useState("");
  const [email, setEmail] = useState("");
  const first = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => first.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const words = [say("personMessage"), about.trim()].filter(Boolean).join(" ");
    chat.send(words, { contactEmail: email.trim() || undefined });
    onDone();
  };
  return (
    <form class="person-form" onSubmit={submit} aria-label={say("person")}>
      <label for="about">{say("personAbout")}</label>
      <textarea ref={first} id="about" rows={2} dir="auto" maxLength={MOST_CHARACTERS - 200} value={about} onInput={(event) => setAbout(event.currentTarget.value)} />
      {isCustomer ? null : (
        <>
          <label for="email">{say("personEmail")}</label>
          <input id="email" type="email" dir="ltr" autocomplete="email" maxLength={254} value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
        </>
      )}
      <div class="buttons">
        <button type="submit" class="primary">
          {say("personSend")}
        </button>
        <button type="button" onClick={onDone}>
          {say("cancel")}
        </button>
      </div>
    </form>
  );
}

/** Where the window covers the page, the Tab key stays in it. */
function keepInside(event: KeyboardEvent, panel: HTMLElement): void {
  const all = [...panel.querySelectorAll<HTMLElement>("button:not(:disabled), a[href], textarea:not(:disabled), input, [tabindex='0']")];
  const shown = all.filter((element) => element.offsetParent !== null);
  const active = (panel.getRootNode() as ShadowRoot).activeElement;
  const edge = event.shiftKey ? shown[0] : shown.at(-1);
  if (active !== edge) return;
  event.preventDefault();
  (event.shiftKey ? shown.at(-1) : shown[0])?.focus();
}
