/** What was said. */
import { useEffect, useRef, useState } from "preact/hooks";
import { formatTime } from "../../shared/format";
import { breakable, Markdown } from "../../shared/markdown";
import { cut, plain } from "../../shared/text";
import type { Entry, State } from "../state";
import { Feedback, LONGEST_TITLE, noteId, Proposal, Records, Sources, Ticket } from "./cards";
import { memo, useSurroundings } from "./context";
import { Icon } from "./icons";

/** Whoever has scrolled up further than this reads what was said before. */
const NEAR_END_PX = 120;

interface MessagesProps {
  state: State;
  suggestions: string[];
  onPerson: () => void;
}

export function Messages({ state, suggestions, onPerson }: MessagesProps) {
  const { chat, say } = useSurroundings();
  const scroller = useRef<HTMLDivElement>(null);
  const { entries, stage } = state;
  const latest = entries.at(-1);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    const last = element.querySelector(".entry:last-of-type");
    const added = last instanceof HTMLElement ? last.offsetHeight : 0;
    // A long answer is read from its beginning.
    if (latest?.role === "customer" || distance < NEAR_END_PX + added) {
      const start = latest && latest.role !== "customer" && added > element.clientHeight - 80;
      if (start && last instanceof HTMLElement) element.scrollTop = last.offsetTop - 12;
      else element.scrollTop = element.scrollHeight;
    }
  }, [latest?.key, latest?.content, stage, state.isLoading]);
  const actionable = entries.findLast((entry) => entry.role === "assistant")?.key;
  const newest = entries.findLast((entry) => entry.delivery === "sent")?.key;
  const offersPerson = latest !== undefined && isLittleHelp(latest) && state.handler === "ai" && !state.waitsForPerson;
  return (
    <div class="scroller" ref={scroller} tabIndex={0} role="group" aria-label={say("messages")}>
      <p class="greeting">{say("greeting")}</p>
      {!entries.length && !state.isLoading ? (
        <ul class="replies">
          {suggestions.map((text) => (
            <li key={text}>
              <button type="button" onClick={() => chat.send(text)}>
                {text}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {state.isLoading ? <p class="soft center">{say("loading")}</p> : null}
      <div role="log" aria-live="polite" aria-relevant="additions">
        {entries.map((entry) => (
          <Said key={entry.key} entry={entry} isNewest={entry.key === newest} isActionable={entry.key === actionable} />
        ))}
      </div>
      {offersPerson ? (
        <ul class="replies">
          <li>
            <button type="button" onClick={onPerson}>
              {say("person")}
            </button>
          </li>
        </ul>
      ) : null}
      <div role="status" class="stage">
        {stage ? (
          <>
            <span class="dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
            {say(stage)} …
          </>
        ) : null}
      </div>
    </div>
  );
}

/** An answer that rests on nothing, or was not to be had. */
function isLittleHelp(entry: Entry): boolean {
  if (entry.role !== "assistant") return false;
  const has = entry.citations.length || entry.records.length || entry.ticket || entry.proposal;
  return entry.failed || entry.degraded || !has;
}

interface SaidProps {
  entry: Entry;
  isNewest: boolean;
  isActionable: boolean;
}

const Said = memo(function Said({ entry, isNewest, isActionable }: SaidProps) {
  const { say, language } = useSurroundings();
  const [note, setNote] = useState<number | null>(null);
  const element = useRef<HTMLElement>(null);
  const speaker = say(entry.role === "customer" ? "you" : entry.role);
  const numbers = new Set(entry.citations.map((citation) => citation.number));
  const openNote = (number: number) => {
    setNote(number);
    const name = CSS.escape(noteId(entry, number));
    element.current?.querySelector<HTMLElement>(`[aria-controls="${name}"]`)?.focus();
  };
  const mark = (number: number) => {
    const citation = entry.citations.find((one) => one.number === number);
    if (!citation || !numbers.has(number)) return null;
    const label = say("source", { number, title: cut(citation.title, LONGEST_TITLE) });
    return (
      <button type="button" class="mark" aria-label={label} title={label} onClick={() => openNote(number)}>
        {number}
      </button>
    );
  };
  return (
    <article ref={element} class={`entry ${entry.role}`} aria-label={speaker}>
      {entry.role === "staff" ? (
        <p class="speaker">
          <Icon name="person" size={14} /> {speaker}
        </p>
      ) : null}
      <div class="bubble" dir="auto">
        {entry.failed ? (
          <p>{say("failed")}</p>
        ) : entry.role === "customer" ? (
          <p class="plain">{breakable(plain(entry.content))}</p>
        ) : (
          <Markdown text={entry.content} note={mark} />
        )}
      </div>
      {entry.degraded && !entry.failed ? <p class="soft small">{say("degraded")}</p> : null}
      {entry.ticket ? <Ticket ticket={entry.ticket} /> : null}
      <Records records={entry.records} />
      <Proposal entry={entry} isLatest={isNewest} />
      <Sources entry={entry} open={note} onToggle={(number) => setNote(note === number ? null : number)} />
      <Footer entry={entry} language={language} isActionable={isActionable} />
    </article>
  );
});

function Footer({ entry, language, isActionable }: { entry: Entry; language: string; isActionable: boolean }) {
  const { chat, say } = useSurroundings();
  if (entry.role === "customer" && entry.delivery !== "sent") {
    return (
      <p class={entry.delivery === "sending" ? "soft small" : "bad small"}>
        {entry.delivery === "sending" ? say("sending") : null}
        {entry.delivery === "refused" ? say("refused", { reason: entry.reason ?? "" }) : null}
        {entry.delivery === "waiting" ? (
          <>
            {say("unsent")}{" "}
            <button type="button" class="link" onClick={() => chat.retry()}>
              {say("retry")}
            </button>
          </>
        ) : null}
      </p>
    );
  }
  const canRate = entry.role === "assistant" && entry.taskId && !entry.failed;
  return (
    <div class="foot">
      <time class="soft small" dateTime={entry.createdAt}>
        {formatTime(entry.createdAt, language)}
      </time>
      {canRate && (isActionable || entry.rating) ? <Feedback entry={entry} /> : null}
    </div>
  );
}
