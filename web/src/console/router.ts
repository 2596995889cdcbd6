/** Where in the console somebody is: kept in the address, after the `#`, so that links work. */
import { useEffect, useState } from "preact/hooks";

export interface Route {
  /** The parts of the path: `["inbox", "conv_1"]`. */
  path: string[];
  query: URLSearchParams;
}

/** Reads where somebody is. */
export function currentRoute(hash = location.hash): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return {
    path: path.split("/").filter(Boolean).map(decoded),
    query: new URLSearchParams(query),
  };
}

/** Makes the address of a place; what is empty is left out of its query. */
export function to(path: string[], query: Record<string, string | null | undefined> = {}): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const tail = set.length ? `?${new URLSearchParams(set)}` : "";
  return `#/${path.map(encodeURIComponent).join("/")}${tail}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => currentRoute());
  useEffect(() => {
    const follow = () => setRoute(currentRoute());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
