/**
 * New messages without reloading: the one place that knows how they come.
 *
 * Today by long poll. Push (a WebSocket, say) would be another function of the type `Feed`, and
 * nothing else would change.
 */
import { type Api, type Page, sleep } from "./api";
import type { Conversation, Message } from "./model";
import { ApiError, SessionEnded, Unreachable } from "./problem";

export interface Follower {
  /** The last message that is known already; null where none is. */
  after: string | null;
  /** Called with messages that are new, oldest first. */
  onMessages(messages: Message[]): void;
  /** Called with the conversation as it is, about as often as there may be messages. */
  onConversation?(conversation: Conversation): void;
  /** Called when messages stop coming and when they come again. */
  onReachable?(reachable: boolean): void;
  /** Called when messages will not come any more: the session ended, or nothing is there. */
  onEnd?(error: ApiError | SessionEnded): void;
  /**
   * How long the API shall hold a request while nothing is new (0–20 s), and how long to rest
   * before the next one. Asked each time, so that what somebody looks at is followed closely and
   * what nobody looks at costs little.
   */
  rhythm(): { waitSeconds: number; restSeconds: number };
}

/** Follows a conversation until the function that it returns is called. */
export type Feed = (api: Api, conversationId: string, follower: Follower) => () => void;

const FIRST_REST_SECONDS = 1;
const LONGEST_REST_SECONDS = 30;

/** Follows a conversation by asking for what came after the last message that is known. */
export const longPoll: Feed = (api, conversationId, follower) => {
  const stop = new AbortController();
  void follow(api, conversationId, follower, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return () => stop.abort();
};

async function follow(api: Api, conversationId: string, follower: Follower, signal: AbortSignal): Promise<void> {
  const path = `/api/conversations/${encodeURIComponent(conversationId)}`;
  let after = follower.after;
  let failures = 0;
  while (!signal.aborted) {
    const { waitSeconds, restSeconds } = follower.rhythm();
    let rest = restSeconds;
    try {
      const query = { after, wait: waitSeconds || null, limit: 100 };
      const page = await api.get<Page<Message>>(`${path}/messages`, query, { signal, attempts: 1 });
      if (failures) follower.onReachable?.(true);
      failures = 0;
      const last = page.items.at(-1);
      if (last && !signal.aborted) {
        after = last.id;
        follower.onMessages(page.items);
        if (page.next_cursor) rest = 0;
      }
      if (follower.onConversation) {
        const conversation = await api.get<Conversation>(path, {}, { signal, attempts: 1 });
        if (!signal.aborted) follower.onConversation(conversation);
      }
    } catch (error) {
      if (signal.aborted) return;
      const passing = error instanceof Unreachable || (error instanceof ApiError && isPassing(error.status));
      if (!passing) {
        if (error instanceof ApiError || error instanceof SessionEnded) return follower.onEnd?.(error);
        throw error;
      }
      failures += 1;
      if (failures === 1) follower.onReachable?.(false);
      const growing = Math.min(FIRST_REST_SECONDS * 2 ** (failures - 1), LONGEST_REST_SECONDS);
      rest = Math.max(rest, growing, error instanceof ApiError ? (error.retryAfter ?? 0) : 0);
    }
    await sleep(rest * 1000, signal);
  }
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}
