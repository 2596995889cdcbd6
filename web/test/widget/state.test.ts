import { expect, test } from "vitest";
import type { Message, Task } from "../../src/shared/model";
import { newEntry, withAnswer, withMessages } from "../../src/widget/state";
import { LANGUAGES, WORDS } from "../../src/widget/words";

const message = (id: string, role: Message["role"], rest: Partial<Message> = {}): Message => ({
  id, role, content: id, agent: null, task_id: null, citations: [], internal: false, created_at: "2026-01-01T00:00:00Z", ...rest,
});
const task = (rest: Partial<Task> = {}): Task => ({
  task_id: "t1", conversation_id: "c", status: "completed", stage: null, created_at: "", completed_at: null, agent: "faq",
  response: "Answer", citations: [], records: [], ticket: null, degraded: false, error: null, ...rest,
});

test("a message is shown once, however it came", () => {
  const sent = newEntry("customer", "Hi", { taskId: "t1" });
  const answered = withAnswer([sent], task());
  const merged = withMessages(answered, [message("m1", "customer", { task_id: "t1" }), message("m2", "assistant", { task_id: "t1" })]);
  expect(merged.map((entry) => [entry.id, entry.role])).toEqual([["m1", "customer"], ["m2", "assistant"]]);
  expect(withMessages(merged, [message("m2", "assistant", { task_id: "t1" })])).toHaveLength(2);
  expect(merged[0]!.key).toBe(sent.key);
});

test("an answer that the feed brought first gets its cards", () => {
  const ticket = { id: "k", number: "FD-1", priority: "high", status: "open", expected_response_at: "" };
  const fed = withMessages([], [message("m2", "assistant", { task_id: "t1" })]);
  const [entry, ...more] = withAnswer(fed, task({ ticket, records: [{ kind: "ticket", id: "k", label: "FD-1" }] }));
  expect(more).toEqual([]);
  expect(entry).toMatchObject({ id: "m2", ticket, records: [] });
});

test("a person's reply stands before what is still on its way", () => {
  const waiting = newEntry("customer", "later", { delivery: "waiting" });
  expect(withMessages([waiting], [message("m1", "staff")]).map((entry) => entry.role)).toEqual(["staff", "customer"]);
});

test("notes among staff are never shown, and a hand-over is no answer", () => {
  expect(withMessages([], [message("m1", "staff", { internal: true })])).toEqual([]);
  expect(withAnswer([], task({ status: "handed_off", response: null }))).toEqual([]);
  expect(withAnswer([], task({ status: "failed", response: null }))[0]!.failed).toBe(true);
});

test("every language has every word, with the same values in it", () => {
  const values = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const language of LANGUAGES) {
    for (const [name, text] of Object.entries(WORDS[language]!)) {
      expect(text, `${language} ${name}`).not.toBe("");
      expect(values(text), `${language} ${name}`).toEqual(values(WORDS["en"]![name as keyof (typeof WORDS)["en"]]));
    }
  }
});
