/** One conversation: what it is about, what was said, what to say, and how it was answered. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Conversation, Message } from "../../../shared/model";
import { longPoll } from "../../../shared/live";
import { useDesk } from "../../desk";
import { type Loaded, useAction, useLoaded } from "../../hooks";
import { Icon } from "../../icons";
import type { Turn } from "../../model";
import { to } from "../../router";
import { Badge, Failure, Shown, State } from "../../ui";
import { Composer } from "./composer";
import { Filing } from "./filing";
import { HandoverPacket } from "./handover";
import { Messages } from "./messages";
import { markSeen } from "./seen";
import { Trace } from "./trace";

/** The API holds a request for at most 20 seconds. */
const WAIT_SECONDS = 20;
/** A tab that nobody looks at holds nothing open. */
const HIDDEN_REST_SECONDS = 15;

interface Props {
  id: string;
  query: URLSearchParams;
  /** Called when the conversation changed. */
  onChange(): void;
}

export function Thread({ id, query, onChange }: Props) {
  const { api } = useDesk();
  const path = `/api/conversations/${encodeURIComponent(id)}`;
  const conversation = useLoaded<Conversation>((signal) => api.get(path, {}, { signal }), [id]);
  const turns = useLoaded<Turn[]>((signal) => api.all(`${path}/trace`, {}, 1000, { signal }), [id]);
  const messages = useMessages(id, () => {
    conversation.reload();
    turns.reload();
    onChange();
  });
  const [chosen, setChosen] = useState<string | null>(null);
  const back = Object.fromEntries(query);
  useEffect(() => {
    if (conversation.data) markSeen(id, conversation.data.message_count);
  }, [id, conversation.data?.message_count]);
  const changed = (now: Conversation) => {
    conversation.replace(now);
    onChange();
  };
  return (
    <>
      <section class="thread" aria-label="Conversation">
        <a class="back" href={to(["inbox"], back)}>
          <Icon name="back" />
          All conversations
        </a>
        <Shown of={conversation}>
          {(known) => (
            <>
              <ThreadHead of={known} path={path} onChanged={changed} />
              <HandoverPacket of={known} />
              <div class="thread-body" tabIndex={0} role="region" aria-label="What was said">
                {messages.error != null && <Failure error={messages.error} />}
                <Messages
                  messages={messages.items}
                  isReachable={messages.isReachable}
                  hasTurn={(taskId) => turns.data?.some(({ task_id }) => task_id === taskId) ?? false}
                  onTrace={setChosen}
                />
              </div>
              {known.status === "open" ? (
                <Composer id={id} path={path} onSent={messages.add} />
              ) : (
                <p class="closed-note">This conversation is closed. A new message of the customer begins another one.</p>
              )}
            </>
          )}
        </Shown>
      </section>
      <aside class="inspector" aria-label="Details and trace">
        {conversation.data && <Filing of={conversation.data} path={path} onChanged={changed} />}
        <TraceOf turns={turns} chosen={chosen} />
      </aside>
    </>
  );
}

function TraceOf({ turns, chosen }: { turns: Loaded<Turn[]>; chosen: string | null }) {
  return <Shown of={turns}>{(known) => <Trace turns={known} chosen={chosen} />}</Shown>;
}

/** The messages of a conversation, with those that come while somebody looks. */
function useMessages(id: string, onNew: () => void) {
  const { api } = useDesk();
  const [items, setItems] = useState<Message[] | null>(null);
  const [isReachable, setReachable] = useState(true);
  const [error, setError] = useState<unknown>(null);
  const latest = useRef(onNew);
  latest.current = onNew;
  const add = (come: Message[]) => setItems((before) => merged(before ?? [], come));
  useEffect(() => {
    const stop = new AbortController();
    let stopFollowing = () => undefined as void;
    const path = `/api/conversations/${encodeURIComponent(id)}/messages`;
    api.all<Message>(path, {}, 1000, { signal: stop.signal }).then(
      (known) => {
        if (stop.signal.aborted) return;
        setItems((before) => merged(before ?? [], known));
        stopFollowing = longPoll(api, id, {
          after: known.at(-1)?.id ?? null,
          onMessages: (come) => {
            add(come);
            latest.current();
          },
          onReachable: setReachable,
          onEnd: setError,
          rhythm: () =>
            document.hidden
              ? { waitSeconds: 0, restSeconds: HIDDEN_REST_SECONDS }
              : { waitSeconds: WAIT_SECONDS, restSeconds: 0 },
        });
      },
      (failure: unknown) => !stop.signal.aborted && setError(failure),
    );
    return () => {
      stop.abort();
      stopFollowing();
    };
  }, [api, id]);
  return { items, isReachable, error, add };
}

/** Puts messages behind those that are known, each once. */
function merged(known: Message[], come: Message[]): Message[] {
  const ids = new Set(known.map(({ id }) => id));
  return [...known, ...come.filter(({ id }) => !ids.has(id))];
}

interface HeadProps {
  of: Conversation;
  path: string;
  onChanged(now: Conversation): void;
}

function ThreadHead({ of, path, onChanged }: HeadProps) {
  const { api, say } = useDesk();
  const [run, isBusy] = useAction();
  const act = (verb: string, done: string) =>
    run(async () => {
      onChanged(await api.post<Conversation>(`${path}/${verb}`));
      say(done);
    });
  const isOpen = of.status === "open";
  return (
    <header class="thread-head">
      <div>
        <h1>{of.subject || "No subject yet"}</h1>
        <p class="badges">
          <State value={of.status} />
          <Badge tone={of.handler === "human" ? "accent" : "plain"}>
            {of.handler === "human" ? "A person has it" : "The agents have it"}
          </Badge>
          {of.waiting_for && <Badge tone={of.waiting_for === "staff" ? "warn" : "plain"}>Waiting for {of.waiting_for}</Badge>}
        </p>
      </div>
      {isOpen && (
        <div class="actions">
          {of.handler === "ai" ? (
            <button type="button" class="button primary small" disabled={isBusy} onClick={() => act("takeover", "You have it now; the agents are silent.")}>
              Take over
            </button>
          ) : (
            <button type="button" class="button small" disabled={isBusy} onClick={() => act("release", "The agents have it again.")}>
              Release
            </button>
          )}
          <button type="button" class="button ghost small" disabled={isBusy} onClick={() => act("close", "The conversation is closed.")}>
            Close
          </button>
        </div>
      )}
    </header>
  );
}
