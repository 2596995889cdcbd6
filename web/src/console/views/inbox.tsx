/** Conversations: who waits, what was said, and how the agents came to say it. */
import { useState } from "preact/hooks";
import type { Route } from "../router";
import { Empty } from "../ui";
import { ConversationList } from "./inbox/list";
import { Thread } from "./inbox/thread";

export function Inbox({ route }: { route: Route }) {
  const [, id] = route.path;
  // What was done to the open conversation shows in the list at once.
  const [round, setRound] = useState(0);
  return (
    <div class={id ? "inbox-panes has-thread" : "inbox-panes"}>
      <ConversationList route={route} current={id ?? null} round={round} />
      {id ? (
        <Thread key={id} id={id} query={route.query} onChange={() => setRound((before) => before + 1)} />
      ) : (
        <section class="thread is-empty" aria-label="Conversation">
          <Empty title="No conversation is open">Choose one from the list to read and answer it.</Empty>
        </section>
      )}
    </div>
  );
}
