import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Say } from "../../shared/i18n";
import type { Chat } from "../chat";
import type { Word } from "../words";

/** What every part of the window needs. */
export interface Surroundings {
  chat: Chat;
  say: Say<Word>;
  language: string;
}

export const SurroundingsContext = createContext<Surroundings | null>(null);

export function useSurroundings(): Surroundings {
  const found = useContext(SurroundingsContext);
  if (!found) throw new Error("There is nothing around this part.");
  return found;
}
