/**
 * The client of the HTTP API that both windows use.
 *
 * A request that may be repeated safely (a read, or a write with an `Idempotency-Key`) is repeated
 * when the network or the gateway fails; a credential that is refused is renewed once.
 */
import { ApiError, type Problem, SessionEnded, Unreachable } from "./problem";

/** Who is calling. */
export interface Credential {
  /** Returns the bearer token to send; null for a guest who has none yet. */
  token(): Promise<string | null>;
  /** Forgets the token that was refused; says whether another one may be had. */
  refused(): boolean;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Options {
  query?: Query;
  body?: unknown;
  /** Makes a write safe to repeat: the API returns its first answer again. */
  idempotencyKey?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** How often a request that may be repeated is sent at most. */
  attempts?: number;
}

/** A page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** What the gateway answers with when what is behind it is late, starting or full. */
const PASSING = new Set([502, 503, 504]);
const DEFAULT_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 10_000;
/** The API holds a request for 20 seconds at most, and the gateway gives up after 30. */
const TIMEOUT_MS = 35_000;

export class Api {
  /**
   * @param base - Where the API is; empty for the page's own origin.
   * @param credential - Who is calling.
   */
  constructor(
    readonly base: string,
    private readonly credential: Credential,
  ) {}

  get<T>(path: string, query?: Query, options: Options = {}): Promise<T> {
    return this.json<T>("GET", path, { ...options, ...(query ? { query } : {}) });
  }

  post<T>(path: string, body?: unknown, options: Options = {}): Promise<T> {
    return this.json<T>("POST", path, { ...options, body });
  }

  put<T>(path: string, body: unknown, options: Options = {}): Promise<T> {
    return this.json<T>("PUT", path, { ...options, body });
  }

  patch<T>(path: string, body: unknown, options: Options = {}): Promise<T> {
    return this.json<T>("PATCH", path, { ...options, body });
  }

  delete(path: string, options: Options = {}): Promise<void> {
    return this.json<void>("DELETE", path, options);
  }

  /** Reads all pages of a list, up to a number of items. */
  async all<T>(path: string, query: Query = {}, most = 1000, options: Options = {}): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<T> = await this.get(path, { ...query, limit: 100, cursor }, options);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && items.length < most);
    return items;
  }

  async json<T>(method: string, path: string, options: Options = {}): Promise<T> {
    const response = await this.send(method, path, options);
    if (response.status === 204) return undefined as T;
    try {
      return (await response.json()) as T;
    } catch (error) {
      throw new Unreachable("The answer was cut off.", { cause: error });
    }
  }

  /**
   * Sends a request until it is answered.
   *
   * @returns An answer of success.
   * @throws {ApiError} The API refused the request.
   * @throws {SessionEnded} Nobody is signed in any more.
   * @throws {Unreachable} There was no answer, as often as it was tried.
   */
  async send(method: string, path: string, options: Options = {}): Promise<Response> {
    const repeatable = method === "GET" || method === "PUT" || method === "DELETE" || options.idempotencyKey;
    const attempts = repeatable ? (options.attempts ?? DEFAULT_ATTEMPTS) : 1;
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      let response: Response | null = null;
      try {
        response = await this.once(method, path, options);
      } catch (error) {
        if (options.signal?.aborted || error instanceof SessionEnded) throw error;
        if (attempt >= attempts) throw new Unreachable("The server cannot be reached.", { cause: error });
      }
      if (response?.ok) return response;
      if (response && isCredentialRefused(response)) {
        if (renewed || !this.credential.refused()) throw new SessionEnded("The session has ended.");
        renewed = true;
        attempt--;
        continue;
      }
      if (response && (!PASSING.has(response.status) || attempt >= attempts)) throw await toError(response);
      await pause(response ? retryAfter(response) : null, attempt, options.signal);
    }
  }

  private async once(method: string, path: string, options: Options): Promise<Response> {
    const token = await this.credential.token();
    const headers: Record<string, string> = { accept: "application/json", ...options.headers };
    if (token) headers["authorization"] = `Bearer ${token}`;
    if (options.body !== undefined) headers["content-type"] = "application/json";
    if (options.idempotencyKey) headers["idempotency-key"] = options.idempotencyKey;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    return await fetch(this.base + path + toQuery(options.query), {
      method,
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      // Credentials are headers, never cookies; and nobody is told which page asks.
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
  }
}

/** Makes a query string of what is set. */
export function toQuery(query: Query = {}): string {
  const set = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (!set.length) return "";
  return `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}`;
}

/** Makes a key for a write that may be repeated (a UUID, as the API asks guests for). */
export function newKey(): string {
  // randomUUID is missing where the page is not served securely.
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The gateway refuses a bad credential in words of its own; the API's own 403 is a problem. */
function isCredentialRefused(response: Response): boolean {
  const isProblem = response.headers.get("content-type")?.includes("problem+json") ?? false;
  return response.status === 401 || (response.status === 403 && !isProblem);
}

async function toError(response: Response): Promise<ApiError> {
  let problem: Problem = { status: response.status };
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body) problem = { ...body, status: response.status };
  } catch {
    // What the gateway itself refuses may have a body of its own.
  }
  return new ApiError(response.status, problem, retryAfter(response));
}

function retryAfter(response: Response): number | null {
  const seconds = Number.parseFloat(response.headers.get("retry-after") ?? "");
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** Waits longer each time, a little differently for everybody. */
async function pause(seconds: number | null, attempt: number, signal?: AbortSignal): Promise<void> {
  const growing = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
  await sleep(Math.min(seconds === null ? growing : seconds * 1000, LONGEST_PAUSE_MS), signal);
}

/** Waits; rejects as soon as it is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
