/** The button in the corner, and the window that it opens. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import type { State } from "../state";
import { SurroundingsContext, useSurroundings } from "./context";
import type { Surroundings } from "./context";
import { Icon } from "./icons";
import { Panel } from "./panel";

/** Narrower than this, the window covers the page. */
export const PHONE = "(max-width: 30rem)";

/** Opens and closes the window from outside. */
export interface Door {
  isOpen: boolean;
  listeners: Set<() => void>;
  set(open: boolean): void;
}

export function makeDoor(isOpen: boolean): Door {
  const door: Door = {
    isOpen,
    listeners: new Set(),
    set(open) {
      if (door.isOpen === open) return;
      door.isOpen = open;
      for (const listener of door.listeners) listener();
    },
  };
  return door;
}

interface WidgetProps {
  surroundings: Surroundings;
  door: Door;
  title: string | null;
  suggestions: string[] | null;
}

export function Widget({ surroundings, door, title, suggestions }: WidgetProps) {
  const { chat, say } = surroundings;
  const state = useChat(chat);
  const [isOpen, setOpen] = useState(door.isOpen);
  const isPhone = useMedia(PHONE);
  const launcher = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    const listener = () => setOpen(door.isOpen);
    door.listeners.add(listener);
    return () => void door.listeners.delete(listener);
  }, [door]);
  useEffect(() => {
    const look = () => chat.setVisible(isOpen && document.visibilityState === "visible");
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [isOpen, chat]);
  useLayoutEffect(() => {
    // Whoever closes the window goes on where it was opened.
    if (wasOpen.current && !isOpen) launcher.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  const starters = suggestions ?? [say("suggestion1"), say("suggestion2"), say("suggestion3")];
  return (
    <SurroundingsContext.Provider value={surroundings}>
      {isOpen ? (
        <Panel state={state} title={title ?? say("title")} suggestions={starters} isModal={isPhone} onClose={() => door.set(false)} />
      ) : null}
      {isOpen && isPhone ? null : <Launcher button={launcher} isOpen={isOpen} unread={state.unread} onClick={() => door.set(!isOpen)} />}
    </SurroundingsContext.Provider>
  );
}

interface LauncherProps {
  button: { current: HTMLButtonElement | null };
  isOpen: boolean;
  unread: number;
  onClick: () => void;
}

function Launcher({ button, isOpen, unread, onClick }: LauncherProps) {
  const { say } = useSurroundings();
  const news = unread ? `, ${say("unread", { count: unread })}` : "";
  const label = isOpen ? say("close") : say("open") + news;
  return (
    <button ref={button} type="button" class="launcher" aria-expanded={isOpen} aria-label={label} title={label} onClick={onClick}>
      <Icon name={isOpen ? "close" : "chat"} size={26} />
      {unread ? (
        <span class="badge" aria-hidden="true">
          {unread}
        </span>
      ) : null}
    </button>
  );
}

function useChat(chat: Chat): State {
  const [state, setState] = useState(chat.state);
  useEffect(() => {
    setState(chat.state);
    return chat.subscribe(() => setState(chat.state));
  }, [chat]);
  return state;
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const listener = () => setMatches(list.matches);
    list.addEventListener("change", listener);
    return () => list.removeEventListener("change", listener);
  }, [query]);
  return matches;
}
