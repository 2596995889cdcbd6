import { describe, expect, it } from "vitest";
import type { Day } from "../../src/console/model";
import { currentRoute, to } from "../../src/console/router";
import { toCsv } from "../../src/console/views/dashboard/csv";
import { niceTop } from "../../src/console/views/dashboard/scale";
import { canBecome } from "../../src/console/views/tickets/transitions";
import { dollars, elapsed, label, milliseconds } from "../../src/console/words";

describe("places", () => {
  it("are read as they were written", () => {
    const address = to(["inbox", "conv/1 ?"], { view: "all", q: "a&b=c", status: "" });
    const route = currentRoute(address);
    expect(route.path).toEqual(["inbox", "conv/1 ?"]);
    expect(Object.fromEntries(route.query)).toEqual({ view: "all", q: "a&b=c" });
  });

  it("may be anything somebody types", () => {
    expect(currentRoute("").path).toEqual([]);
    expect(currentRoute("#/knowledge/%E0%A4%A").path).toEqual(["knowledge", "%E0%A4%A"]);
  });
});

describe("words", () => {
  it.each([
    [0, "0m"],
    [59, "59m"],
    [60, "1h"],
    [47 * 60, "47h"],
    [48 * 60, "2d"],
  ])("say in few characters how long since: %i minutes", (minutes, said) => {
    const now = Date.parse("2026-01-31T12:00:00Z");
    expect(elapsed(new Date(now - minutes * 60_000).toISOString(), now)).toBe(said);
  });

  it("show what little a call costs", () => {
    expect([dollars("0.000000"), dollars("0.000312"), dollars("12.5")]).toEqual(["$0.00", "$0.0003", "$12.50"]);
  });

  it("take minutes where people answer", () => {
    expect([milliseconds(900), milliseconds(3_600_000)]).toEqual(["900 ms", "60 min"]);
  });

  it("name values", () => {
    expect([label("in_progress"), label("faq"), label("human")]).toEqual(["In progress", "FAQ", "Human"]);
  });
});

describe("axes", () => {
  it.each([
    [0, 4],
    [3, 4],
    [13, 20],
    [101, 200],
    [0.25, 0.4],
    [1900, 2000],
  ])("end at a round number: %d", (value, top) => {
    expect(niceTop(value)).toBeCloseTo(top, 9);
  });

  it("count whole things in whole steps, and hold every value", () => {
    for (let value = 1; value < 3000; value++) {
      expect(niceTop(value)).toBeGreaterThanOrEqual(value);
      expect(Number.isInteger(niceTop(value) / 4)).toBe(true);
    }
  });
});

it("writes a line a day, with nothing where there is no value", () => {
  const day = {
    day: "2026-01-31",
    conversations: { started: 2, resolved_without_person: 1, handed_over: 0, first_answer_ms_p50: null, first_answer_ms_p95: null },
    messages: { customer: 3, assistant: 2, staff: 0 },
    answers: { total: 2, by_agent: {}, degraded: 0, degraded_share: 0, handed_off: 0, failed: 0 },
    ratings: { up: 1, down: 0 },
    tickets: 0,
    usage: { llm_calls: 4, input_tokens: 100, output_tokens: 10, cost_usd: "0.000312" },
  } satisfies Day;
  const [head, line, end] = toCsv([day]).split("\r\n");
  expect(head!.split(",")).toHaveLength(line!.split(",").length);
  expect(line).toBe("2026-01-31,2,1,0,,,3,2,0,2,0,0,1,0,0,4,100,10,0.000312");
  expect(end).toBe("");
});

it("opens what is done with before anything else", () => {
  expect([canBecome("resolved"), canBecome("closed")]).toEqual([["open", "closed"], ["open"]]);
});
