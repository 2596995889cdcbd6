import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Api, type Credential, newKey, toQuery } from "../../src/shared/api";
import { ApiError, SessionEnded, Unreachable } from "../../src/shared/problem";

const problem = (status: number, body: object = {}, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ title: "Refused", status, ...body }), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
const answer = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
const lost = () => Promise.reject(new TypeError("Failed to fetch"));

/** A credential that has these tokens, one after the other. */
function credential(...tokens: (string | null)[]): Credential & { refusals: number } {
  return {
    refusals: 0,
    async token() {
      return tokens[Math.min(this.refusals, tokens.length - 1)] ?? null;
    },
    refused() {
      return ++this.refusals < tokens.length;
    },
  };
}

const sent = vi.fn<(url: string, request: RequestInit) => Promise<Response>>();
const headersOf = (call: number) => sent.mock.calls[call]![1].headers as Record<string, string>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("fetch", sent);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  sent.mockReset();
});

/** Waits for a promise, however long it would take. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  await vi.runAllTimersAsync();
  return promise;
}

describe("what goes wrong on the way", () => {
  test("a read is repeated", async () => {
    sent.mockImplementationOnce(lost).mockResolvedValueOnce(problem(503)).mockResolvedValueOnce(answer({ ok: true }));
    expect(await settled(new Api("", credential("t")).get("/api/health"))).toEqual({ ok: true });
    expect(sent).toHaveBeenCalledTimes(3);
  });

  test("a write is repeated with the key and the body that it had", async () => {
    sent.mockImplementationOnce(lost).mockResolvedValueOnce(answer({}, 202));
    await settled(new Api("", credential("t")).post("/api/chat", { message: "Hi" }, { idempotencyKey: "key-1" }));
    expect([0, 1].map((call) => headersOf(call)["idempotency-key"])).toEqual(["key-1", "key-1"]);
    expect(sent.mock.calls[0]![1].body).toBe(sent.mock.calls[1]![1].body);
  });

  test("a write without a key is not repeated", async () => {
    sent.mockImplementation(lost);
    await expect(settled(new Api("", credential("t")).post("/api/tickets", {}))).rejects.toThrow(Unreachable);
    expect(sent).toHaveBeenCalledTimes(1);
  });

  test("it is given up at last", async () => {
    sent.mockImplementation(lost);
    await expect(settled(new Api("", credential("t")).get("/api/health"))).rejects.toThrow(Unreachable);
    expect(sent).toHaveBeenCalledTimes(3);
  });
});

describe("what is refused", () => {
  test("is told as the problem it is, with the time to wait", async () => {
    sent.mockResolvedValue(problem(429, { detail: "Too many." }, { "retry-after": "7" }));
    const error = await settled(new Api("", credential("t")).get("/x").catch((caught: unknown) => caught));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 429, message: "Too many.", retryAfter: 7 });
    expect(sent).toHaveBeenCalledTimes(1);
  });

  test.each([401, 403])("is tried again with another token where the gateway says %i", async (status) => {
    sent.mockResolvedValueOnce(answer({ message: "Forbidden" }, status)).mockResolvedValueOnce(answer({ ok: true }));
    expect(await settled(new Api("", credential("old", "new")).get("/x"))).toEqual({ ok: true });
    expect([0, 1].map((call) => headersOf(call)["authorization"])).toEqual(["Bearer old", "Bearer new"]);
  });

  test("ends the session where there is no other token", async () => {
    sent.mockResolvedValue(answer({ message: "Forbidden" }, 403));
    await expect(settled(new Api("", credential("old")).get("/x"))).rejects.toThrow(SessionEnded);
    await expect(settled(new Api("", credential("a", "b", "c")).get("/x"))).rejects.toThrow(SessionEnded);
  });

  test("a role that is missing is no session that ended", async () => {
    sent.mockResolvedValue(problem(403));
    await expect(settled(new Api("", credential("t", "u")).get("/x"))).rejects.toThrow(ApiError);
  });
});

test("all pages of a list are read", async () => {
  sent.mockResolvedValueOnce(answer({ items: [1, 2], next_cursor: "c" }));
  sent.mockResolvedValueOnce(answer({ items: [3], next_cursor: null }));
  expect(await settled(new Api("https://api.example", credential(null)).all("/api/x"))).toEqual([1, 2, 3]);
  expect(sent.mock.calls.map(([url]) => url)).toEqual([
    "https://api.example/api/x?limit=100",
    "https://api.example/api/x?limit=100&cursor=c",
  ]);
  expect(headersOf(0)).not.toHaveProperty("authorization");
});

test("only what is set becomes a query", () => {
  expect(toQuery({ a: 1, b: null, c: undefined, d: "", e: "x y", f: false })).toBe("?a=1&e=x+y&f=false");
  expect(toQuery()).toBe("");
});

test("keys are UUIDs, also where the page is not served securely", () => {
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  expect(newKey()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(newKey()).not.toBe(newKey());
});
