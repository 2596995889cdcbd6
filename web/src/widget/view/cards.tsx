/** What comes with an answer: notes, records, a ticket, a change to confirm, a question how it was. */
import { useEffect, useState } from "preact/hooks";
import { formatDateTime, formatRelative } from "../../shared/format";
import { Excerpt, SafeLink, safeTarget } from "../../shared/markdown";
import type { Citation, RecordReference, TicketSummary } from "../../shared/model";
import { cut, plain } from "../../shared/text";
import type { Entry, Rating } from "../state";
import type { Word } from "../words";
import { useSurroundings } from "./context";
import { Icon } from "./icons";

/** Titles and excerpts are short; what is not is cut, lest it fill the window. */
export const LONGEST_TITLE = 160;
const LONGEST_EXCERPT = 1500;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export function noteId(entry: Entry, number: number): string {
  return `${entry.key}-note-${number}`;
}

interface SourcesProps {
  entry: Entry;
  open: number | null;
  onToggle: (number: number) => void;
}

export function Sources({ entry, open, onToggle }: SourcesProps) {
  const { say } = useSurroundings();
  if (!entry.citations.length) return null;
  return (
    <div class="sources" role="group" aria-label={say("sources")}>
      <p class="label">{say("sources")}</p>
      <ol>
        {entry.citations.map((citation) => (
          <Source
            key={citation.number}
            id={noteId(entry, citation.number)}
            citation={citation}
            isOpen={open === citation.number}
            onToggle={() => onToggle(citation.number)}
          />
        ))}
      </ol>
    </div>
  );
}

function Source(props: { id: string; citation: Citation; isOpen: boolean; onToggle: () => void }) {
  const { say } = useSurroundings();
  const { citation, id, isOpen } = props;
  const target = safeTarget(citation.source_url);
  return (
    <li>
      <button type="button" class="source" aria-expanded={isOpen} aria-controls={id} onClick={props.onToggle}>
        <span class="number">{citation.number}</span>
        <bdi>
          {cut(citation.title, LONGEST_TITLE)}
          {citation.section ? <span class="soft"> › {cut(citation.section, LONGEST_TITLE)}</span> : null}
        </bdi>
      </button>
      <div id={id} class="note" hidden={!isOpen}>
        <blockquote dir="auto">
          <Excerpt text={cut(citation.snippet, LONGEST_EXCERPT)} />
        </blockquote>
        {target ? (
          <p>
            <SafeLink target={target}>
              {say("openSource")} <Icon name="out" size={14} />
            </SafeLink>
          </p>
        ) : null}
      </div>
    </li>
  );
}

export function Records({ records }: { records: RecordReference[] }) {
  const { say } = useSurroundings();
  if (!records.length) return null;
  return (
    <ul class="records">
      {records.map((record) => (
        <li key={record.id}>
          <Icon name={record.kind === "ticket" ? "ticket" : record.kind === "customer" ? "person" : "card"} size={16} />
          {record.kind === "ticket" ? say("ticket", { number: cut(record.label, LONGEST_TITLE) }) : (
            <span>
              <span class="soft">{say(record.kind)}</span> <bdi>{cut(record.label, LONGEST_TITLE)}</bdi>
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

const PRIORITIES: Record<string, Word> = { low: "low", medium: "medium", high: "high", urgent: "urgent" };

export function Ticket({ ticket }: { ticket: TicketSummary }) {
  const { say, language } = useSurroundings();
  const priority = PRIORITIES[ticket.priority];
  const due = ticket.expected_response_at;
  return (
    <div class="card ticket">
      <Icon name="ticket" size={20} />
      <div>
        <p class="strong">{say("ticket", { number: cut(ticket.number, LONGEST_TITLE) })}</p>
        <p class="soft">
          {priority ? `${say(priority)} · ` : ""}
          <time dateTime={due} title={formatDateTime(due, language)}>
            {say("ticketReply", { time: formatRelative(due, language) })}
          </time>
        </p>
      </div>
    </div>
  );
}

/** Nothing is changed before the customer says so, here or in words. */
export function Proposal({ entry, isLatest }: { entry: Entry; isLatest: boolean }) {
  const { chat, say, language } = useSurroundings();
  const proposal = entry.proposal;
  const expired = useExpired(proposal?.expires_at);
  if (!proposal) return null;
  const title = `${entry.key}-proposal`;
  return (
    <div class="card proposal" role="group" aria-labelledby={title}>
      <p class="strong" id={title} dir="auto">
        {plain(proposal.title)}
      </p>
      <p dir="auto">{plain(proposal.effect)}</p>
      {entry.decision ? (
        <p class={entry.decision === "confirmed" ? "decision good" : "decision soft"}>{say(entry.decision)}</p>
      ) : expired || !isLatest ? (
        <p class="decision soft">{say("expired")}</p>
      ) : (
        <>
          <div class="buttons">
            <button type="button" class="primary" onClick={() => chat.decide(entry, true, say("confirmMessage"))}>
              {say("confirm")}
            </button>
            <button type="button" onClick={() => chat.decide(entry, false, say("declineMessage"))}>
              {say("decline")}
            </button>
          </div>
          <p class="soft small">{say("until", { time: formatDateTime(proposal.expires_at, language) })}</p>
        </>
      )}
    </div>
  );
}

function useExpired(iso: string | undefined): boolean {
  const left = iso ? Date.parse(iso) - Date.now() : 0;
  const [, look] = useState(0);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => look((n) => n + 1), Math.min(left + 50, LONGEST_TIMEOUT_MS));
    return () => clearTimeout(timer);
  }, [iso]);
  return left <= 0;
}

export function Feedback({ entry }: { entry: Entry }) {
  const { chat, say } = useSurroundings();
  const [asks, setAsks] = useState(false);
  const [comment, setComment] = useState("");
  const field = `${entry.key}-comment`;
  const rate = (rating: Rating) => {
    setAsks(rating === "down");
    void chat.rate(entry, rating, null);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setAsks(false);
    if (comment.trim()) void chat.rate(entry, "down", comment.trim());
  };
  return (
    <div class="feedback">
      <div class="thumbs" role="group" aria-label={say("helpful")}>
        {(["up", "down"] as const).map((rating) => (
          <button
            type="button"
            class="quiet"
            aria-pressed={entry.rating === rating}
            aria-label={say(rating)}
            title={say(rating)}
            onClick={() => rate(rating)}
          >
            <Icon name={rating} size={16} />
          </button>
        ))}
        <span role="status" class="soft small">
          {entry.rating && !asks ? say("thanks") : ""}
        </span>
      </div>
      {asks ? (
        <form onSubmit={submit} class="comment">
          <label for={field}>{say("comment")}</label>
          <textarea id={field} rows={2} maxLength={1000} value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
          <button type="submit">{say("submit")}</button>
        </form>
      ) : null}
    </div>
  );
}
