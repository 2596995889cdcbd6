/** The conversation, without a window: sends, waits for answers, follows what people reply. */
import { Api, newKey, type Page, sleep } from "../shared/api";
import { type Feed, longPoll } from "../shared/live";
import type { Accepted, Conversation, Message, Task } from "../shared/model";
import { ApiError, SessionEnded, Unreachable } from "../shared/problem";
import { Identity } from "./identity";
import type { Memory } from "./memory";
import { EMPTY, type Entry, newEntry, type Rating, type State, withAnswer, withMessages } from "./state";
import type { TokenCallback } from "./settings";

/** How much of a long conversation is shown again. */
const MOST_MESSAGES = 300;
/** At first each change of stage is shown at once; whoever has waited that long waits on. */
const WATCHED_CLOSELY_MS = 12_000;
const CLOSELY_SECONDS = 1;
const LATER_SECONDS = 10;
const FIRST_RETRY_MS = 1500;
const LONGEST_RETRY_MS = 30_000;
/** Someone who has not done anything for this long has probably left the page open. */
const LEFT_ALONE_MS = 10 * 60_000;

export interface ChatOptions {
  api: string;
  memory: Memory;
  callback: TokenCallback | null;
  language: string | null;
  feed?: Feed;
}

export interface Extra {
  contactEmail?: string | undefined;
  confirms?: string | undefined;
}

/** A message on its way: repeated exactly as it was first sent, until it is accepted. */
interface Outgoing {
  entry: string;
  text: string;
  extra: Extra;
  key: string;
  body: Record<string, unknown> | null;
}

export class Chat {
  state: State = EMPTY;
  private readonly listeners = new Set<() => void>();
  private readonly identity: Identity;
  private readonly api: Api;
  private readonly memory: Memory;
  private readonly feed: Feed;
  private conversationId: string | null = null;
  private previousId: string | null = null;
  private outbox: Outgoing[] = [];
  private isSending = false;
  private retries = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private loading: Promise<void> | null = null;
  private unfollow: (() => void) | null = null;
  private isFollowedClosely = false;
  private lastActive = Date.now();
  /** Ends everything that belongs to the conversation before. */
  private era = new AbortController();
  private isVisible = false;

  constructor(private readonly options: ChatOptions) {
    this.memory = options.memory;
    this.feed = options.feed ?? longPoll;
    this.identity = new Identity(options.memory, options.callback, () => this.startOver());
    this.api = new Api(options.api, this.identity);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  // ── looking ─────────────────────────────────────────────────────────────────────────────────

  /** Somebody looks at the conversation, or does not any more. */
  setVisible(visible: boolean): void {
    if (visible === this.isVisible) return;
    this.isVisible = visible;
    if (visible) {
      this.lastActive = Date.now();
      this.set({ unread: 0 });
      void this.load();
    }
    this.follow(true);
  }

  /** Shows what was said before, once. */
  load(): Promise<void> {
    this.loading ??= this.resume(this.era.signal);
    return this.loading;
  }

  /** Looks for news where a person's reply is awaited, though nobody looks. */
  lookForNews(): void {
    if (this.memory.awaitsReply) void this.load();
  }

  private async resume(signal: AbortSignal): Promise<void> {
    try {
      // Who is talking has to be known first: a guest who signed in brings the guest's along.
      const token = await this.identity.token();
      this.set({ isCustomer: this.identity.isCustomer });
      const kept = this.memory.conversationId;
      if (!token || (!kept && !this.identity.isCustomer)) return;
      this.set({ isLoading: true });
      const api = kept && this.identity.isCustomer ? this.asGuest() : this.api;
      const conversation = kept
        ? await api.get<Conversation>(`/api/conversations/${kept}`, {}, { signal })
        : (await api.get<Page<Conversation>>("/api/conversations", { limit: 1 }, { signal })).items[0];
      if (!conversation || (!kept && conversation.status === "closed")) return;
      const path = `/api/conversations/${conversation.id}/messages`;
      const messages = await api.all<Message>(path, {}, MOST_MESSAGES, { signal });
      if (signal.aborted) return;
      this.conversationId ??= conversation.id;
      this.set({ entries: withMessages(this.state.entries, messages), trouble: null });
      this.onConversation(conversation);
      await this.restoreLastTask(messages, api, signal);
      if (!this.mustClaim) this.follow();
    } catch (error) {
      if (signal.aborted) return;
      // What is not there any more is not asked for again; what cannot be had just now is.
      if (error instanceof ApiError && error.status === 404) this.memory.forget();
      else {
        this.loading = null;
        this.onTrouble(error);
      }
    } finally {
      if (!signal.aborted) this.set({ isLoading: false });
    }
  }

  /** Cards of the last answer are the task's, not the message's; one under way is waited for. */
  private async restoreLastTask(messages: Message[], api: Api, signal: AbortSignal): Promise<void> {
    const taskId = messages.findLast((message) => message.task_id)?.task_id;
    if (!taskId) return;
    const task = await api
      .get<Task>(`/api/chat/status/${taskId}`, {}, { signal })
      .catch(() => null); // Tasks are kept for a shorter time than messages.
    if (!task || signal.aborted) return;
    if (task.status === "queued" || task.status === "processing") void this.watch(taskId, signal);
    else if (task.status === "completed") this.set({ entries: withAnswer(this.state.entries, task) });
  }

  private asGuest(): Api {
    const { memory } = this;
    return new Api(this.options.api, { token: async () => memory.guestToken, refused: () => false });
  }

  /** A conversation of the guest that this customer was is not the customer's yet. */
  private get mustClaim(): boolean {
    return this.identity.isCustomer && this.memory.guestToken !== null;
  }

  // ── sending ─────────────────────────────────────────────────────────────────────────────────

  send(text: string, extra: Extra = {}): void {
    const entry = newEntry("customer", text, { delivery: "sending" });
    this.lastActive = Date.now();
    this.set({ entries: [...this.state.entries, entry], wasReleased: false });
    this.outbox.push({ entry: entry.key, text, extra, key: newKey(), body: null });
    void this.flush();
  }

  /** Sends what could not be sent, now. */
  retry(): void {
    this.retries = 0;
    void this.flush();
  }

  /** Goes on as whoever the page says is signed in now. */
  async renew(): Promise<void> {
    await this.identity.renew().catch(() => undefined);
    this.set({ trouble: null, isCustomer: this.identity.isCustomer });
    this.loading = null;
    if (this.isVisible) await this.load();
    this.retry();
  }

  private async flush(): Promise<void> {
    if (this.isSending) return;
    clearTimeout(this.retryTimer);
    this.isSending = true;
    const { signal } = this.era;
    try {
      await this.load();
      while (this.outbox[0] && !signal.aborted) {
        const outgoing = this.outbox[0];
        this.update(outgoing.entry, { delivery: "sending" });
        await this.deliver(outgoing, signal);
        this.outbox.shift();
        this.retries = 0;
      }
      if (this.state.trouble) this.set({ trouble: null });
    } catch (error) {
      if (!signal.aborted) this.onUnsent(error);
    } finally {
      this.isSending = false;
      if (signal.aborted && this.outbox.length) void this.flush();
    }
  }

  private async deliver(outgoing: Outgoing, signal: AbortSignal): Promise<void> {
    try {
      await this.post(outgoing, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || signal.aborted) throw error;
      const elsewhere = this.findOtherPlace(error);
      if (elsewhere) {
        // Another conversation is another request.
        Object.assign(outgoing, { key: newKey(), body: null });
        await this.deliver(outgoing, signal);
      } else if (error.status === 429 || error.status >= 500) {
        throw error;
      } else {
        const reason = error.problem.errors?.[0]?.message ?? error.message;
        this.update(outgoing.entry, { delivery: "refused", reason });
      }
    }
  }

  /** A message to a conversation that was closed, or is not there any more, begins another one. */
  private findOtherPlace(error: ApiError): boolean {
    if (!this.conversationId && !this.previousId) return false;
    this.memory.leave();
    const previous = error.problem["previous_conversation_id"];
    if (error.status === 409 && typeof previous === "string") this.previousId = previous;
    else if (error.status === 404) this.previousId = null;
    else return false;
    this.leaveConversation();
    return true;
  }

  private async post(outgoing: Outgoing, signal: AbortSignal): Promise<void> {
    // Who is talking decides what is sent along.
    await this.identity.token();
    const { extra } = outgoing;
    if (!this.previousId) this.conversationId ??= this.memory.conversationId;
    outgoing.body ??= {
      message: outgoing.text,
      ...(this.conversationId ? { conversation_id: this.conversationId } : {}),
      ...(this.previousId ? { previous_conversation_id: this.previousId } : {}),
      ...(this.options.language ? { language: this.options.language } : {}),
      ...(extra.contactEmail ? { customer_email: extra.contactEmail } : {}),
      ...(extra.confirms ? { confirm_action: extra.confirms } : {}),
      ...(this.mustClaim ? { guest_token: this.memory.guestToken } : {}),
    };
    const accepted = await this.api.post<Accepted>("/api/chat", outgoing.body, {
      idempotencyKey: outgoing.key,
      signal,
    });
    if (signal.aborted) return;
    this.conversationId = accepted.conversation_id;
    this.previousId = null;
    if (this.identity.isCustomer) this.memory.forget();
    else {
      const token = accepted.guest_token ?? this.memory.guestToken;
      if (token) this.memory.keep(token, accepted.conversation_id);
    }
    this.update(outgoing.entry, { delivery: "sent", taskId: accepted.task_id });
    this.set({ isClosed: false, isCustomer: this.identity.isCustomer });
    void this.watch(accepted.task_id, signal);
    if (!this.unfollow) this.follow();
  }

  private onUnsent(error: unknown): void {
    this.onTrouble(error);
    for (const outgoing of this.outbox) this.update(outgoing.entry, { delivery: "waiting" });
    if (error instanceof SessionEnded) return;
    const growing = Math.min(FIRST_RETRY_MS * 2 ** this.retries++, LONGEST_RETRY_MS);
    const asked = error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0;
    this.retryTimer = setTimeout(() => void this.flush(), Math.max(growing, asked));
  }

  private onTrouble(error: unknown): void {
    if (error instanceof SessionEnded) this.set({ trouble: "ended" });
    else if (!navigator.onLine) this.set({ trouble: "offline" });
    else if (error instanceof ApiError && error.status === 429) this.set({ trouble: "busy" });
    else if (error instanceof ApiError || error instanceof Unreachable) this.set({ trouble: "unreachable" });
    else throw error;
  }

  /** The browser says whether there is a network. */
  setOnline(online: boolean): void {
    if (!online) return this.set({ trouble: "offline" });
    if (this.state.trouble === "offline") this.set({ trouble: null });
    if (this.outbox.length) this.retry();
    this.follow(true);
  }

  // ── answers ─────────────────────────────────────────────────────────────────────────────────

  private readonly watched = new Set<string>();

  private async watch(taskId: string, signal: AbortSignal): Promise<void> {
    if (this.watched.has(taskId)) return;
    this.watched.add(taskId);
    const began = Date.now();
    if (this.state.handler === "ai") this.set({ stage: this.state.stage ?? "queued" });
    try {
      for (let failures = 0; !signal.aborted; ) {
        const wait = Date.now() - began < WATCHED_CLOSELY_MS ? CLOSELY_SECONDS : LATER_SECONDS;
        try {
          const task = await this.api.get<Task>(`/api/chat/status/${taskId}`, { wait }, { signal, attempts: 1 });
          if (signal.aborted) return;
          if (failures && this.state.trouble === "unreachable") this.set({ trouble: null });
          failures = 0;
          if (task.status === "queued" || task.status === "processing") {
            if (this.state.handler === "ai") this.set({ stage: task.stage ?? this.state.stage ?? "queued" });
            continue;
          }
          this.onAnswer(task);
          return;
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof ApiError && error.status === 404) return;
          this.onTrouble(error);
          if (error instanceof SessionEnded) return;
          const growing = Math.min(FIRST_RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS);
          await sleep(growing, signal).catch(() => undefined);
        }
      }
    } finally {
      this.watched.delete(taskId);
      if (!this.watched.size && !signal.aborted) this.set({ stage: null });
    }
  }

  private onAnswer(task: Task): void {
    this.set({
      entries: withAnswer(this.state.entries, task),
      ...(this.isVisible ? {} : { unread: this.state.unread + (task.status === "handed_off" ? 0 : 1) }),
      ...(task.status === "handed_off" ? { handler: "human" as const } : {}),
      ...(task.status === "completed" && this.state.handler === "human"
        ? { handler: "ai" as const, wasReleased: true }
        : {}),
      ...(task.ticket && this.state.handler === "ai" ? { waitsForPerson: true } : {}),
    });
    this.follow();
  }

  async rate(entry: Entry, rating: Rating, comment: string | null): Promise<void> {
    this.update(entry.key, { rating });
    try {
      const body = { rating, ...(comment ? { comment } : {}) };
      await this.api.json("POST", `/api/chat/${entry.taskId}/feedback`, { body });
    } catch (error) {
      this.update(entry.key, { rating: null });
      this.onTrouble(error);
    }
  }

  decide(entry: Entry, confirmed: boolean, words: string): void {
    this.update(entry.key, { decision: confirmed ? "confirmed" : "declined" });
    this.send(words, confirmed ? { confirms: entry.proposal?.token } : {});
  }

  // ── following ───────────────────────────────────────────────────────────────────────────────

  /** Follows the conversation as closely as it deserves now. */
  private follow(anew = false): void {
    const closely = this.isVisible && this.expectsPerson;
    const expects = this.expectsPerson;
    this.memory.await(expects);
    if (this.unfollow && !anew && closely === this.isFollowedClosely) return;
    this.unfollow?.();
    this.unfollow = null;
    const id = this.conversationId;
    if (!this.isVisible && !expects) return;
    if (!id || this.mustClaim || this.state.isClosed || !navigator.onLine) return;
    this.isFollowedClosely = closely;
    this.unfollow = this.feed(this.api, id, {
      after: this.state.entries.findLast((entry) => entry.id)?.id ?? null,
      onMessages: (messages) => this.onMessages(messages),
      onConversation: (conversation) => this.onConversation(conversation),
      onReachable: (reachable) => {
        if (!reachable) this.set({ trouble: navigator.onLine ? "unreachable" : "offline" });
        else if (this.state.trouble === "unreachable") this.set({ trouble: null });
      },
      onEnd: (error) => {
        this.unfollow = null;
        if (error instanceof SessionEnded) this.set({ trouble: "ended" });
      },
      rhythm: () => this.rhythm(),
    });
  }

  /** A held request occupies a function: only whoever looks and waits for a person has one. */
  private rhythm(): { waitSeconds: number; restSeconds: number } {
    const isAlone = Date.now() - this.lastActive > LEFT_ALONE_MS;
    if (this.isFollowedClosely && !isAlone) {
      // While a person is still to come, it is looked often whether there is one.
      return { waitSeconds: this.state.handler === "human" ? 8 : 3, restSeconds: 0.2 };
    }
    return { waitSeconds: 0, restSeconds: isAlone ? 120 : 20 };
  }

  private get expectsPerson(): boolean {
    return this.state.handler === "human" || this.state.waitsForPerson;
  }

  private onMessages(messages: Message[]): void {
    const known = this.state.entries.length;
    const entries = withMessages(this.state.entries, messages);
    const news = entries.slice(known).filter((entry) => entry.role !== "customer").length;
    const fromStaff = messages.some((message) => message.role === "staff");
    if (fromStaff) this.lastActive = Date.now();
    this.set({
      entries,
      ...(fromStaff ? { waitsForPerson: false } : {}),
      ...(this.isVisible ? {} : { unread: this.state.unread + news }),
    });
  }

  private onConversation(conversation: Conversation): void {
    const { handler } = this.state;
    const closed = conversation.status === "closed";
    this.set({
      handler: conversation.handler,
      waitsForPerson: conversation.handler === "ai" && conversation.waiting_for === "staff",
      isClosed: closed,
      ...(handler === "human" && conversation.handler === "ai" && !closed ? { wasReleased: true } : {}),
      ...(conversation.handler === "human" ? { wasReleased: false, stage: null } : {}),
    });
    if (closed) {
      this.previousId = conversation.id;
      this.leaveConversation();
    } else this.follow();
  }

  // ── beginning anew ──────────────────────────────────────────────────────────────────────────

  /** Begins another conversation; the same guest stays. */
  restart(): void {
    this.memory.leave();
    this.startOver();
    this.loading = Promise.resolve();
  }

  /** Forgets everything of whoever was talking. */
  private startOver(): void {
    this.era.abort();
    this.era = new AbortController();
    this.leaveConversation();
    this.previousId = null;
    this.outbox = [];
    this.watched.clear();
    this.loading = null;
    const { isCustomer } = this.identity;
    this.set({ ...EMPTY, isCustomer });
  }

  private leaveConversation(): void {
    this.unfollow?.();
    this.unfollow = null;
    this.conversationId = null;
  }

  private update(key: string, change: Partial<Entry>): void {
    const at = this.state.entries.findIndex((entry) => entry.key === key);
    if (at >= 0) this.set({ entries: this.state.entries.with(at, { ...this.state.entries[at]!, ...change }) });
  }
}
