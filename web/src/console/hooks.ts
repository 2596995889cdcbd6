/** Reading from the API, again and again, and keeping what somebody types. */
import { type Inputs, useCallback, useEffect, useRef, useState } from "preact/hooks";
import { reason, useDesk } from "./desk";

export interface Loaded<T> {
  data: T | null;
  /** Why there is no data, or none newer. */
  error: unknown;
  isLoading: boolean;
  reload(): void;
  replace(data: T): void;
}

/**
 * Reads something when a view shows it, and when what it depends on changes.
 *
 * What was read for other inputs is never shown for these, and a late answer replaces no newer one.
 */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, inputs: Inputs): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: unknown; isLoading: boolean }>({
    data: null,
    error: null,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const key = JSON.stringify(inputs);
  const known = useRef(key);
  useEffect(() => {
    const stop = new AbortController();
    const isSame = known.current === key;
    known.current = key;
    setState((before) => ({ ...before, data: isSame ? before.data : null, error: null, isLoading: true }));
    latest.current(stop.signal).then(
      (data) => !stop.signal.aborted && setState({ data, error: null, isLoading: false }),
      (error: unknown) =>
        !stop.signal.aborted && setState((before) => ({ ...before, error, isLoading: false })),
    );
    return () => stop.abort();
  }, [key, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const replace = useCallback((data: T) => setState({ data, error: null, isLoading: false }), []);
  return known.current === key
    ? { ...state, reload, replace }
    : { data: null, error: null, isLoading: true, reload, replace };
}

/** Does something every few seconds while the tab is looked at, and when it is looked at again. */
export function useRepeated(act: () => void, seconds: number): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || latest.current(), seconds * 1000);
    const seen = () => document.hidden || latest.current();
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [seconds]);
}

/**
 * Keeps what somebody types until it was sent: over a reload, another view and a new sign-in.
 *
 * @param name - What is typed, and for what: `reply.conv_1`.
 * @param initial - What is there before anything was typed.
 */
export function useDraft(name: string, initial = ""): [string, (text: string) => void, () => void] {
  const key = `frontdesk.draft.${name}`;
  const [text, setText] = useState({ key, value: sessionStorage.getItem(key) ?? initial });
  const value = text.key === key ? text.value : (sessionStorage.getItem(key) ?? initial);
  const write = (next: string) => {
    if (next === initial) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, next);
    setText({ key, value: next });
  };
  const clear = () => {
    sessionStorage.removeItem(key);
    setText({ key, value: initial });
  };
  return [value, write, clear];
}

/**
 * Does something for somebody, one at a time, and says why if it did not work.
 *
 * @returns What to call, and whether it is under way.
 */
export function useAction(): [(act: () => Promise<unknown>) => Promise<boolean>, boolean] {
  const { say } = useDesk();
  const [isBusy, setBusy] = useState(false);
  const running = useRef(false);
  const run = async (act: () => Promise<unknown>) => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    try {
      await act();
      return true;
    } catch (error) {
      const line = reason(error);
      if (line) say(line, "bad");
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return [run, isBusy];
}
