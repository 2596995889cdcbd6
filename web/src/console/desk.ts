/** What every view has at hand: the API, who is signed in, and a way to say something in passing. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api } from "../shared/api";
import { ApiError, SessionEnded, Unreachable } from "../shared/problem";
import type { Me } from "./model";

export interface Desk {
  api: Api;
  me: Me;
  /** Shows a line for a while, and has it read out. */
  say(text: string, tone?: "good" | "bad"): void;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("there is no desk outside of the console");
  return desk;
}

/** Says in one line why something did not work; null where another part of the page says it. */
export function reason(error: unknown): string | null {
  if (error instanceof SessionEnded) return null;
  if (error instanceof ApiError) {
    const fields = error.problem.errors?.map(({ field, message }) => `${field}: ${message}`) ?? [];
    return fields.length ? fields.join("; ") : error.message;
  }
  if (error instanceof Unreachable) return `${error.message} Please try again.`;
  return error instanceof Error ? error.message : "Something went wrong.";
}
