/** What was said, as a text file for the customer to keep. */
import { formatDateTime } from "../shared/format";
import type { Say } from "../shared/i18n";
import { plain } from "../shared/text";
import type { Entry } from "./state";
import type { Word } from "./words";

export function transcript(entries: Entry[], say: Say<Word>, language: string): string {
  return entries
    .map((entry) => {
      const speaker = say(entry.role === "customer" ? "you" : entry.role);
      const said = entry.failed ? say("failed") : plain(entry.content);
      const sources = entry.citations.map((citation) => {
        const where = [citation.title, citation.section].filter(Boolean).join(" › ");
        return `[${citation.number}] ${plain(where)}${citation.source_url ? ` ${citation.source_url}` : ""}`;
      });
      const ticket = entry.ticket ? [say("ticket", { number: entry.ticket.number })] : [];
      return [`${speaker}, ${formatDateTime(entry.createdAt, language)}`, said, ...ticket, ...sources].join("\n");
    })
    .join("\n\n")
    .concat("\n");
}

export function downloadTranscript(entries: Entry[], say: Say<Word>, language: string): void {
  // With a byte order mark every editor reads it as UTF-8.
  const file = new Blob(["\uFEFF", transcript(entries, say, language)], { type: "text/plain;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `conversation-${new Date().toISOString().slice(0, 10)}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
