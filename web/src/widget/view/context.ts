import { Component, createContext, type FunctionComponent, h } from "preact";
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

/** Draws a part again only when it is given something else. */
export function memo<Props extends object>(part: FunctionComponent<Props>) {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const names = new Set([...Object.keys(next), ...Object.keys(this.props)]) as Set<keyof Props>;
      return [...names].some((name) => next[name] !== this.props[name]);
    }

    override render() {
      return h(part, this.props as Props);
    }
  };
}
