/** What a ticket may become, by what it is: as the API has it, which refuses anything else. */
import type { TicketStatus } from "../../model";

const TRANSITIONS: Record<TicketStatus, readonly TicketStatus[]> = {
  open: ["in_progress", "waiting", "resolved", "closed"],
  in_progress: ["open", "waiting", "resolved", "closed"],
  waiting: ["open", "in_progress", "resolved", "closed"],
  resolved: ["open", "closed"],
  closed: ["open"],
};

export function canBecome(status: TicketStatus): readonly TicketStatus[] {
  return TRANSITIONS[status];
}
