/** How each message was answered: route, passages, tools, model calls, tokens, cost, time. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ModelCall, ToolCall, TracedPassage, Turn } from "../../model";
import { Badge, Empty, Facts, State } from "../../ui";
import { clock, count, dollars, label, milliseconds, share } from "../../words";
import { VersionDialog } from "../knowledge/version";

interface Props {
  turns: Turn[];
  /** The task whose turn somebody asked for; the last one's is open until then. */
  chosen: string | null;
}

export function Trace({ turns, chosen }: Props) {
  const open = chosen ?? turns.at(-1)?.task_id ?? null;
  const [shown, setShown] = useState<TracedPassage | null>(null);
  return (
    <section class="panel" aria-label="Trace">
      <h2>How it was answered</h2>
      {!turns.length && <Empty title="The agents have not answered yet" />}
      <ol class="turns">
        {turns.map((turn) => (
          <li key={turn.task_id}>
            <TurnTrace turn={turn} isOpen={turn.task_id === open} isChosen={turn.task_id === chosen} onPassage={setShown} />
          </li>
        ))}
      </ol>
      {shown && <VersionDialog id={shown.document_id} version={shown.document_version} onClose={() => setShown(null)} />}
    </section>
  );
}

interface TurnProps {
  turn: Turn;
  isOpen: boolean;
  isChosen: boolean;
  onPassage(passage: TracedPassage): void;
}

function TurnTrace({ turn, isOpen, isChosen, onPassage }: TurnProps) {
  const place = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (isChosen) place.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const { route, usage } = turn;
  return (
    <details ref={place} class={isChosen ? "turn chosen" : "turn"} open={isOpen}>
      <summary>
        <span class="turn-title">
          {route ? label(route.agent) : label(turn.status)}
          {route && <span class="soft"> {share(route.confidence)}</span>}
        </span>
        <span class="badges">
          {turn.status !== "completed" && <State value={turn.status} />}
          {turn.degraded && <Badge tone="warn">Degraded</Badge>}
          {turn.feedback_rating && (
            <Badge tone={turn.feedback_rating === "up" ? "good" : "bad"}>Rated {turn.feedback_rating}</Badge>
          )}
        </span>
        <span class="turn-figures">
          {milliseconds(turn.timings_ms.total)} · {dollars(usage.cost_usd)}
        </span>
      </summary>
      {route?.reasoning && <p class="reasoning">{route.reasoning}</p>}
      {turn.feedback_comment && <p class="reasoning">“{turn.feedback_comment}”</p>}
      <Facts
        of={[
          ["Asked", clock(turn.created_at)],
          ["Answered by", turn.agent ? label(turn.agent) : "nobody"],
          ["Queued", milliseconds(turn.timings_ms.queued)],
          ["Routing", milliseconds(turn.timings_ms.routing)],
          ["Answering", milliseconds(turn.timings_ms.answering)],
          ["Tokens", `${count(usage.input_tokens)} in, ${count(usage.output_tokens)} out`],
          ["Cost", `${dollars(usage.cost_usd)}, ${count(usage.llm_calls)} model calls`],
        ]}
      />
      <Passages passages={turn.passages} onPassage={onPassage} />
      <Tools calls={turn.tool_calls} />
      <Models calls={turn.model_calls} />
      <Rest of={turn.trace} />
    </details>
  );
}

function Passages({ passages, onPassage }: { passages: TracedPassage[]; onPassage(passage: TracedPassage): void }) {
  if (!passages.length) return null;
  return (
    <>
      <h3>Passages</h3>
      <ol class="evidence">
        {passages.map((passage) => (
          <li>
            <button type="button" class="link" onClick={() => onPassage(passage)}>
              <span class="citation-number">{passage.number}</span>
              {passage.title}
              {passage.section && passage.section !== passage.title && ` › ${passage.section}`}
            </button>
            <span class="soft">
              score {passage.score.toFixed(3)}
              {passage.similarity !== null && `, similarity ${passage.similarity.toFixed(3)}`}, version {passage.document_version}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Tools({ calls }: { calls: ToolCall[] }) {
  if (!calls.length) return null;
  return (
    <>
      <h3>Tool calls</h3>
      <ol class="evidence">
        {calls.map((call) => (
          <li>
            <code>
              {call.name}({written(call.arguments)})
            </code>
            <span class="soft">
              {milliseconds(call.duration_ms)}
              {call.error && <Badge tone="bad">{call.error}</Badge>}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Models({ calls }: { calls: ModelCall[] }) {
  if (!calls.length) return null;
  return (
    <>
      <h3>Model calls</h3>
      <ol class="evidence">
        {calls.map((call) => (
          <li>
            <span>
              {label(call.purpose)} {call.model && <code>{call.model}</code>}
            </span>
            <span class="soft">
              {call.error ? (
                <Badge tone="bad">{call.reason ?? call.error}</Badge>
              ) : (
                `${count(call.input_tokens ?? 0)} in, ${count(call.output_tokens ?? 0)} out, ${dollars(call.cost_usd ?? "0")}, `
              )}
              {milliseconds(call.duration_ms)}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** What else happened: failures, guards, receipts. */
function Rest({ of }: { of: Record<string, unknown> }) {
  const { route: _, timings_ms: __, ...rest } = of;
  if (!Object.keys(rest).length) return null;
  return (
    <details class="rest">
      <summary>What else happened</summary>
      <pre tabIndex={0}>{JSON.stringify(rest, null, 2)}</pre>
    </details>
  );
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? {});
}
