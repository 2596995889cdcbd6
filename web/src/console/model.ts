/** What the staff's routes of the API answer with. */

export interface Me {
  kind: "guest" | "customer" | "staff" | "service";
  email: string | null;
  admin: boolean;
}

export interface Usage {
  llm_calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: string;
}

export interface TracedPassage {
  number: number;
  document_id: string;
  document_version: number;
  title: string;
  section: string;
  score: number;
  similarity: number | null;
}

export interface ToolCall {
  name: string;
  arguments: unknown;
  error: string | null;
  duration_ms: number;
}

export interface ModelCall {
  purpose: string;
  model?: string;
  input_tokens?: number;
  output_tokens?: number;
  cost_usd?: string;
  duration_ms: number;
  error?: string;
  reason?: string;
}

export interface Turn {
  task_id: string;
  status: "queued" | "processing" | "completed" | "failed" | "handed_off";
  agent: string | null;
  route: { agent: string; confidence: number; reasoning: string } | null;
  degraded: boolean;
  usage: Usage;
  timings_ms: { queued: number; routing: number; answering: number; total: number };
  passages: TracedPassage[];
  tool_calls: ToolCall[];
  model_calls: ModelCall[];
  trace: Record<string, unknown>;
  feedback_rating: "up" | "down" | null;
  feedback_comment: string | null;
  created_at: string;
}

export const TICKET_STATUSES = ["open", "in_progress", "waiting", "resolved", "closed"] as const;
export type TicketStatus = (typeof TICKET_STATUSES)[number];

export const PRIORITIES = ["low", "medium", "high", "urgent"] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Ticket {
  id: string;
  number: string;
  customer_id: string | null;
  contact_email: string | null;
  conversation_id: string | null;
  subject: string;
  description: string;
  category: string;
  priority: Priority;
  status: TicketStatus;
  assigned_to: string | null;
  tags: string[];
  expected_response_at: string;
  created_at: string;
  updated_at: string;
}

export interface Comment {
  id: string;
  role: "customer" | "assistant" | "staff";
  content: string;
  internal: boolean;
  created_at: string;
}

export const CATEGORIES = ["faq", "documentation", "troubleshooting", "policy"] as const;
export const DOCUMENT_STATUSES = ["published", "draft", "failed", "archived"] as const;
export type DocumentStatus = (typeof DOCUMENT_STATUSES)[number];

export interface DocumentItem {
  id: string;
  title: string;
  category: (typeof CATEGORIES)[number];
  visibility: "public" | "internal";
  status: DocumentStatus;
  source: string;
  source_key: string | null;
  source_url: string | null;
  version: number;
  passage_count: number;
  failure_reason: string | null;
  owner: string | null;
  review_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface Document extends DocumentItem {
  content: string;
}

export interface DocumentVersion {
  number: number;
  title: string;
  category: string;
  visibility: string;
  source_url: string | null;
  created_by: string | null;
  created_at: string;
  content?: string;
}

export interface SearchHit {
  document_id: string;
  title: string;
  section: string;
  snippet: string;
  score: number;
  source_url: string | null;
}

export interface Upload {
  method: string;
  url: string;
  headers: Record<string, string>;
  key: string;
  expires_in: number;
}

export interface Gap {
  question: string;
  follows: string | null;
  count: number;
  last_asked_at: string;
  examples: {
    question: string;
    follows: string | null;
    conversation_id: string;
    task_id: string;
    asked_at: string;
    best_similarity: number | null;
  }[];
}

export interface PreviewedPassage {
  document_id: string | null;
  title: string;
  section: string;
  snippet: string;
  score: number;
  is_proposed: boolean;
}

export interface Preview {
  passages: number;
  questions: number;
  changed: {
    question: string;
    follows: string | null;
    conversation_id: string;
    asked_at: string;
    best_changed: boolean;
    before: PreviewedPassage[];
    after: PreviewedPassage[];
  }[];
  overlaps: {
    relation: string;
    similarity: number;
    proposed: { section: string; snippet: string };
    published: { document_id: string; title: string; section: string; snippet: string };
    differences: { published: string; proposed: string }[];
  }[];
  not_asked: string[];
  not_compared: number;
  sections_not_compared: string[];
}

export interface Customer {
  id: string;
  email: string;
  first_name: string;
  last_name: string;
  company_name: string;
  phone: string;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
}

export interface Subscription {
  id: string;
  plan: string;
  status: string;
  billing_cycle: string;
  price: string;
  currency: string;
  seats: number;
  start_date: string;
  end_date: string | null;
}

export interface Invoice {
  id: string;
  invoice_number: string;
  status: string;
  total: string;
  currency: string;
  due_date: string;
  paid_date: string | null;
}

export interface AuditEntry {
  id: string;
  occurred_at: string;
  actor: { kind: string; subject: string | null };
  action: string;
  object_kind: string;
  object_id: string | null;
  customer_id: string | null;
  details: Record<string, unknown>;
}

export interface Figures {
  conversations: {
    started: number;
    resolved_without_person: number;
    handed_over: number;
    first_answer_ms_p50: number | null;
    first_answer_ms_p95: number | null;
  };
  messages: { customer: number; assistant: number; staff: number };
  answers: {
    total: number;
    by_agent: Record<string, number>;
    degraded: number;
    degraded_share: number | null;
    handed_off: number;
    failed: number;
  };
  ratings: { up: number; down: number };
  tickets: number;
  usage: Usage;
}

export interface Day extends Figures {
  day: string;
}
