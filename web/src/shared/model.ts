/** What the API answers with, as far as both windows show it. */

export interface Citation {
  number: number;
  document_id: string;
  title: string;
  section: string;
  snippet: string;
  source_url: string | null;
}

export interface ProposedAction {
  token: string;
  kind: string;
  title: string;
  effect: string;
  arguments: Record<string, unknown>;
  expires_at: string;
}

export interface Message {
  id: string;
  role: "customer" | "assistant" | "staff";
  content: string;
  agent: string | null;
  task_id: string | null;
  citations: Citation[];
  proposed_action?: ProposedAction | null;
  internal: boolean;
  created_at: string;
}

export interface Conversation {
  id: string;
  status: "open" | "closed";
  handler: "ai" | "human";
  waiting_for: "staff" | "customer" | null;
  waiting_since: string | null;
  customer_id: string | null;
  subject: string;
  last_agent: string | null;
  assigned_to: string | null;
  tags: string[];
  message_count: number;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
}

export interface RecordReference {
  kind: "subscription" | "invoice" | "customer" | "ticket";
  id: string;
  label: string;
}

export interface TicketSummary {
  id: string;
  number: string;
  priority: string;
  status: string;
  expected_response_at: string;
}

export interface Task {
  task_id: string;
  conversation_id: string;
  status: "queued" | "processing" | "completed" | "failed" | "handed_off";
  stage: "routing" | "retrieving" | "answering" | null;
  created_at: string;
  completed_at: string | null;
  agent: string | null;
  response: string | null;
  citations: Citation[];
  records: RecordReference[];
  ticket: TicketSummary | null;
  proposed_action?: ProposedAction | null;
  degraded: boolean;
  error: { type: string; title: string } | null;
}

export interface Accepted {
  task_id: string;
  conversation_id: string;
  status: string;
  status_url: string;
  guest_token?: string;
}
