/** Where staff write: a reply to the customer, or a note for each other. */
import { useRef, useState } from "preact/hooks";
import { newKey } from "../../../shared/api";
import type { Message } from "../../../shared/model";
import { useDesk } from "../../desk";
import { useAction, useDraft } from "../../hooks";

/** The API takes no longer ones. */
const MOST_CHARACTERS = 4000;

interface Props {
  id: string;
  path: string;
  onSent(messages: Message[]): void;
}

export function Composer({ id, path, onSent }: Props) {
  const { api, say } = useDesk();
  const [isNote, setNote] = useState(false);
  const [text, write, clear] = useDraft(`${isNote ? "note" : "reply"}.${id}`);
  const [run, isBusy] = useAction();
  // Of one text, however often it is sent: what was lost is the answer, perhaps, and not the reply.
  const sending = useRef({ key: "", of: "" });
  const send = (event: Event) => {
    event.preventDefault();
    if (!text.trim()) return;
    void run(async () => {
      const of = JSON.stringify([id, isNote, text]);
      if (sending.current.of !== of) sending.current = { key: newKey(), of };
      const body = { content: text, internal: isNote };
      const message = await api.post<Message>(`${path}/messages`, body, { idempotencyKey: sending.current.key });
      sending.current = { key: "", of: "" };
      clear();
      onSent([message]);
      say(isNote ? "The note is kept." : "The reply is sent.");
    });
  };
  return (
    <form class={isNote ? "composer is-note" : "composer"} onSubmit={send}>
      <div class="composer-kinds" role="radiogroup" aria-label="What to write">
        <label>
          <input type="radio" name="kind" checked={!isNote} onChange={() => setNote(false)} />
          <span>Reply</span>
        </label>
        <label>
          <input type="radio" name="kind" checked={isNote} onChange={() => setNote(true)} />
          <span>Internal note</span>
        </label>
      </div>
      <textarea
        aria-label={isNote ? "Internal note" : "Reply to the customer"}
        placeholder={isNote ? "Only staff see this…" : "Reply to the customer; this takes the conversation over…"}
        rows={3}
        maxLength={MOST_CHARACTERS}
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
        }}
      />
      <div class="composer-foot">
        <span class="hint">Ctrl + Enter sends</span>
        <button type="submit" class="button primary" disabled={isBusy || !text.trim()}>
          {isNote ? "Add note" : "Send reply"}
        </button>
      </div>
    </form>
  );
}
