/** The figures of each day as a file for spreadsheets (RFC 4180). */
import type { Day } from "../../model";

const COLUMNS: [string, (day: Day) => string | number | null][] = [
  ["day", (of) => of.day],
  ["conversations", (of) => of.conversations.started],
  ["resolved_without_person", (of) => of.conversations.resolved_without_person],
  ["handed_over", (of) => of.conversations.handed_over],
  ["first_answer_ms_p50", (of) => of.conversations.first_answer_ms_p50],
  ["first_answer_ms_p95", (of) => of.conversations.first_answer_ms_p95],
  ["messages_customer", (of) => of.messages.customer],
  ["messages_assistant", (of) => of.messages.assistant],
  ["messages_staff", (of) => of.messages.staff],
  ["answers", (of) => of.answers.total],
  ["degraded", (of) => of.answers.degraded],
  ["failed", (of) => of.answers.failed],
  ["ratings_up", (of) => of.ratings.up],
  ["ratings_down", (of) => of.ratings.down],
  ["tickets", (of) => of.tickets],
  ["llm_calls", (of) => of.usage.llm_calls],
  ["input_tokens", (of) => of.usage.input_tokens],
  ["output_tokens", (of) => of.usage.output_tokens],
  ["cost_usd", (of) => of.usage.cost_usd],
];

export function toCsv(days: Day[]): string {
  const lines = [COLUMNS.map(([name]) => name), ...days.map((day) => COLUMNS.map(([, read]) => read(day) ?? ""))];
  return `${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}
