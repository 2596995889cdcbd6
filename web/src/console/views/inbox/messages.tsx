/** What was said in a conversation. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Markdown } from "../../../shared/markdown";
import type { Message } from "../../../shared/model";
import { cut } from "../../../shared/text";
import { to } from "../../router";
import { Badge } from "../../ui";
import { clock, dateTime, label } from "../../words";

/** Twice what the API takes of anybody; a browser is busy for seconds with a word of 100,000. */
const MOST_CHARACTERS = 8000;

interface Props {
  messages: Message[] | null;
  isReachable: boolean;
  hasTurn(taskId: string): boolean;
  onTrace(taskId: string): void;
}

export function Messages({ messages, isReachable, hasTurn, onTrace }: Props) {
  const end = useRef<HTMLDivElement>(null);
  const last = messages?.at(-1)?.id;
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [last]);
  useEffect(() => {
    // What stands above comes later, and takes room from the messages: the last one stays in sight.
    const body = end.current?.parentElement;
    if (!body) return;
    const sizes = new ResizeObserver(() => body.scrollTo({ top: body.scrollHeight }));
    sizes.observe(body);
    return () => sizes.disconnect();
  }, [messages === null]);
  if (!messages) return <p class="loading">Loading…</p>;
  return (
    <>
      <div role="log" aria-label="Messages">
        <ol class="messages">
          {messages.map((message) => (
            <li key={message.id} class={`message ${message.internal ? "note" : message.role}`}>
              <p class="by">
                <strong>{author(message)}</strong>
                {message.internal && <Badge tone="warn">Only staff see this</Badge>}
                <time dateTime={message.created_at} title={dateTime(message.created_at)}>
                  {clock(message.created_at)}
                </time>
                {message.role === "assistant" && message.task_id && hasTurn(message.task_id) && (
                  <button type="button" class="link" onClick={() => onTrace(message.task_id!)}>
                    Trace
                  </button>
                )}
              </p>
              <div class="prose">
                <Words of={message} />
              </div>
              {message.citations.length > 0 && (
                <ul class="citations" aria-label="Sources">
                  {message.citations.map((citation) => (
                    <li>
                      <a href={to(["knowledge", citation.document_id])} title={citation.snippet}>
                        <span class="citation-number">{citation.number}</span>
                        {citation.title}
                        {citation.section && <span class="soft"> › {citation.section}</span>}
                      </a>
                    </li>
                  ))}
                </ul>
              )}
            </li>
          ))}
        </ol>
      </div>
      {!isReachable && (
        <p class="failure" role="status">
          The server cannot be reached; trying again.
        </p>
      )}
      <div ref={end} class="messages-end" />
    </>
  );
}

/** Parsed once: other messages come and go around it. */
function Words({ of: { role, content } }: { of: Message }) {
  return useMemo(
    () =>
      role === "customer" ? (
        <p class="plain">{cut(content, MOST_CHARACTERS)}</p>
      ) : (
        <Markdown text={cut(content, MOST_CHARACTERS)} />
      ),
    [role, content],
  );
}

function author({ role, agent, internal }: Message): string {
  if (internal) return "Note";
  if (role === "assistant") return agent ? `${label(agent)} agent` : "Agent";
  return role === "staff" ? "Support" : "Customer";
}
