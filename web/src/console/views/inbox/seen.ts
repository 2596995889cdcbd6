/** Which messages this browser's user has seen: what came since is unread. */
import type { Conversation } from "../../../shared/model";

const KEY = "frontdesk.seen";
const SINCE = "frontdesk.seen-since";
/** As many conversations as somebody looks at in weeks. */
const MOST = 500;

function read(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, number>;
  } catch {
    return {};
  }
}

/** When this browser was first used: what is older is nobody's unread mail. */
function since(): string {
  const known = localStorage.getItem(SINCE);
  if (known) return known;
  const now = new Date().toISOString();
  localStorage.setItem(SINCE, now);
  return now;
}

export function markSeen(id: string, messages: number): void {
  const seen = read();
  if (seen[id] === messages) return;
  delete seen[id];
  const kept = Object.entries({ ...seen, [id]: messages }).slice(-MOST);
  localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(kept)));
}

/** Makes what tells whether a conversation has messages that were not seen. */
export function unreadNow(): (conversation: Conversation) => boolean {
  const seen = read();
  const start = since();
  return ({ id, message_count, waiting_for, updated_at }) => {
    const known = seen[id];
    if (known !== undefined) return message_count > known;
    return waiting_for === "staff" || updated_at > start;
  };
}
