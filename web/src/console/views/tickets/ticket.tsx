/** One ticket: its state, whose it is, and what was said on it. */
import { useEffect, useState } from "preact/hooks";
import { Markdown } from "../../../shared/markdown";
import { useDesk } from "../../desk";
import { useAction, useDraft, useLoaded } from "../../hooks";
import { Icon } from "../../icons";
import { type Comment, PRIORITIES, type Ticket } from "../../model";
import { to } from "../../router";
import { Ago, Badge, Choice, Facts, Field, Shown, State } from "../../ui";
import { clock, dateTime, label } from "../../words";
import { canBecome } from "./transitions";

interface Props {
  id: string;
  /** The ticket as the list has it, which may be newer. */
  known: Ticket | null;
  back: string;
  onChanged(ticket: Ticket): void;
}

export function TicketPanel({ id, known, back, onChanged }: Props) {
  const { api } = useDesk();
  const path = `/api/tickets/${encodeURIComponent(id)}`;
  const ticket = useLoaded<Ticket>((signal) => api.get(path, {}, { signal }), [id]);
  useEffect(() => {
    if (known) ticket.replace(known);
  }, [known]);
  const changed = (now: Ticket) => {
    ticket.replace(now);
    onChanged(now);
  };
  return (
    <aside class="side" aria-label="Ticket">
      <a class="back" href={back}>
        <Icon name="back" />
        All tickets
      </a>
      <Shown of={ticket}>
        {(now) => (
          <>
            <h1>
              <span class="soft">{now.number}</span> {now.subject}
            </h1>
            <p class="badges">
              <State value={now.status} />
              <State value={now.priority} />
              <Badge>{label(now.category)}</Badge>
            </p>
            <div class="prose">
              <Markdown text={now.description} />
            </div>
            <Facts
              of={[
                ["Answer by", <Ago iso={now.expected_response_at} />],
                ["Opened", <Ago iso={now.created_at} />],
                ["Customer", now.customer_id ? <a href={to(["customers", now.customer_id])}>Open record</a> : (now.contact_email ?? "Guest")],
                [
                  "Conversation",
                  now.conversation_id ? <a href={to(["inbox", now.conversation_id], { view: "all" })}>Open conversation</a> : "None",
                ],
              ]}
            />
            <Editing of={now} path={path} onChanged={changed} />
            <Comments id={id} path={path} isClosed={now.status === "closed"} onSaid={ticket.reload} />
          </>
        )}
      </Shown>
    </aside>
  );
}

function Editing({ of, path, onChanged }: { of: Ticket; path: string; onChanged(ticket: Ticket): void }) {
  const { api, me, say } = useDesk();
  const [run, isBusy] = useAction();
  const [assignee, setAssignee] = useState(of.assigned_to ?? "");
  useEffect(() => setAssignee(of.assigned_to ?? ""), [of.assigned_to]);
  const change = (changes: Partial<Ticket>) =>
    void run(async () => {
      onChanged(await api.patch<Ticket>(path, changes));
      say("Saved.");
    });
  return (
    <form
      class="editing"
      onSubmit={(event) => {
        event.preventDefault();
        change({ assigned_to: assignee.trim() || null });
      }}
    >
      <Choice
        title="Status"
        value={of.status}
        options={[of.status, ...canBecome(of.status)]}
        isDisabled={isBusy}
        onPick={(status) => change({ status: status as Ticket["status"] })}
      />
      <Choice title="Priority" value={of.priority} options={PRIORITIES} isDisabled={isBusy} onPick={(priority) => change({ priority: priority as Ticket["priority"] })} />
      <Field title="Assigned to">
        {(id) => <input id={id} value={assignee} placeholder="Nobody" onInput={(event) => setAssignee(event.currentTarget.value)} />}
      </Field>
      <div class="filing-foot">
        {me.email && of.assigned_to !== me.email && (
          <button type="button" class="button small" disabled={isBusy} onClick={() => change({ assigned_to: me.email })}>
            Assign to me
          </button>
        )}
        <button type="submit" class="button small" disabled={isBusy || assignee.trim() === (of.assigned_to ?? "")}>
          Save
        </button>
      </div>
    </form>
  );
}

interface CommentsProps {
  id: string;
  path: string;
  isClosed: boolean;
  onSaid(): void;
}

function Comments({ id, path, isClosed, onSaid }: CommentsProps) {
  const { api, say } = useDesk();
  const comments = useLoaded<Comment[]>((signal) => api.all(`${path}/comments`, {}, 1000, { signal }), [id]);
  const [text, write, clear] = useDraft(`comment.${id}`);
  const [isNote, setNote] = useState(false);
  const [run, isBusy] = useAction();
  const send = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const comment = await api.post<Comment>(`${path}/comments`, { content: text, internal: isNote });
      clear();
      comments.replace([...(comments.data ?? []), comment]);
      onSaid();
      say("The comment is there.");
    });
  };
  return (
    <section aria-label="Comments">
      <h2>Comments</h2>
      <Shown of={comments}>
        {(known) => (
          <ol class="messages">
            {known.map((comment) => (
              <li key={comment.id} class={`message ${comment.internal ? "note" : comment.role}`}>
                <p class="by">
                  <strong>{comment.internal ? "Note" : comment.role === "staff" ? "Support" : label(comment.role)}</strong>
                  <time dateTime={comment.created_at} title={dateTime(comment.created_at)}>
                    {clock(comment.created_at)}
                  </time>
                </p>
                <div class="prose">
                  <p class="plain">{comment.content}</p>
                </div>
              </li>
            ))}
          </ol>
        )}
      </Shown>
      <form class="commenting" onSubmit={send}>
        <textarea aria-label="Comment" rows={3} maxLength={4000} value={text} onInput={(event) => write(event.currentTarget.value)} />
        <div class="composer-foot">
          <label class="check">
            <input type="checkbox" checked={isNote} onChange={() => setNote(!isNote)} />
            Only staff see this
          </label>
          <button type="submit" class="button primary small" disabled={isBusy || !text.trim() || (isClosed && !isNote)}>
            Comment
          </button>
        </div>
        {isClosed && !isNote && <p class="hint">A closed ticket takes notes only; open it again to answer.</p>}
      </form>
    </section>
  );
}
