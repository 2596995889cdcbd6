/** What the widget shows. */
import type { Citation, Message, ProposedAction, RecordReference, Task, TicketSummary } from "../shared/model";

export type Delivery = "sending" | "waiting" | "refused" | "sent";
export type Rating = "up" | "down";

/** Something that was said. */
export interface Entry {
  /** Names it on this page, whatever the API calls it. */
  key: string;
  id: string | null;
  taskId: string | null;
  role: "customer" | "assistant" | "staff";
  content: string;
  createdAt: string;
  delivery: Delivery;
  /** Why it was refused. */
  reason: string | null;
  citations: Citation[];
  records: RecordReference[];
  ticket: TicketSummary | null;
  proposal: ProposedAction | null;
  decision: "confirmed" | "declined" | null;
  degraded: boolean;
  failed: boolean;
  rating: Rating | null;
}

export type Stage = "queued" | "routing" | "retrieving" | "answering";

/** What is in the way of messages. */
export type Trouble = "offline" | "unreachable" | "busy" | "ended" | null;

export interface State {
  entries: Entry[];
  /** What the agents are doing; null while they have nothing to do. */
  stage: Stage | null;
  handler: "ai" | "human";
  /** Whether a person was asked for and has not answered yet. */
  waitsForPerson: boolean;
  /** Whether a person has just given the conversation back. */
  wasReleased: boolean;
  isClosed: boolean;
  isLoading: boolean;
  isCustomer: boolean;
  trouble: Trouble;
  /** How many messages came while nobody was looking. */
  unread: number;
}

export const EMPTY: State = {
  entries: [],
  stage: null,
  handler: "ai",
  waitsForPerson: false,
  wasReleased: false,
  isClosed: false,
  isLoading: false,
  isCustomer: false,
  trouble: null,
  unread: 0,
};

let made = 0;

export function newEntry(role: Entry["role"], content: string, rest: Partial<Entry> = {}): Entry {
  return {
    key: `e${++made}`,
    id: null,
    taskId: null,
    role,
    content,
    createdAt: new Date().toISOString(),
    delivery: "sent",
    reason: null,
    citations: [],
    records: [],
    ticket: null,
    proposal: null,
    decision: null,
    degraded: false,
    failed: false,
    rating: null,
    ...rest,
  };
}

/** Puts messages of the API into what is shown: each once, however it came. */
export function withMessages(entries: Entry[], messages: Message[]): Entry[] {
  let merged = entries;
  for (const message of messages) {
    if (message.internal) continue;
    const known = merged.findIndex((entry) => isSame(entry, message));
    const update = {
      id: message.id,
      taskId: message.task_id,
      content: message.content,
      createdAt: message.created_at,
      ...(message.citations.length ? { citations: message.citations } : {}),
      ...(message.proposed_action ? { proposal: message.proposed_action } : {}),
    };
    merged =
      known >= 0
        ? merged.with(known, { ...merged[known]!, ...update, delivery: "sent", failed: false })
        : insert(merged, newEntry(message.role, message.content, update));
  }
  return merged;
}

/** Puts the answer of a task into what is shown. */
export function withAnswer(entries: Entry[], task: Task): Entry[] {
  const update: Partial<Entry> = {
    taskId: task.task_id,
    citations: task.citations,
    records: task.records.filter((record) => record.id !== task.ticket?.id),
    ticket: task.ticket,
    proposal: task.proposed_action ?? null,
    degraded: task.degraded,
    failed: task.status === "failed",
  };
  const known = entries.findIndex((entry) => entry.role === "assistant" && entry.taskId === task.task_id);
  if (known >= 0) return entries.with(known, { ...entries[known]!, ...update });
  if (task.status === "handed_off") return entries;
  const createdAt = task.completed_at ?? new Date().toISOString();
  return [...entries, newEntry("assistant", task.response ?? "", { ...update, createdAt })];
}

function isSame(entry: Entry, message: Message): boolean {
  if (entry.id !== null) return entry.id === message.id;
  return message.task_id !== null && entry.taskId === message.task_id && entry.role === message.role;
}

/** What was sent already stands before what is still on its way. */
function insert(entries: Entry[], entry: Entry): Entry[] {
  const unsent = entries.findIndex((other) => other.role === "customer" && other.delivery !== "sent");
  return unsent < 0 ? [...entries, entry] : entries.toSpliced(unsent, 0, entry);
}
