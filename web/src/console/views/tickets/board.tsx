/** Tickets by state. A card moves by its menu, with the keyboard as well, or by dragging it. */
import { useState } from "preact/hooks";
import { TICKET_STATUSES, type Ticket, type TicketStatus } from "../../model";
import { Ago, State } from "../../ui";
import { label } from "../../words";
import { canBecome } from "./transitions";

interface Props {
  tickets: Ticket[];
  href(id: string): string;
  onMove(ticket: Ticket, status: TicketStatus): void;
}

export function Board({ tickets, href, onMove }: Props) {
  const [dragged, setDragged] = useState<Ticket | null>(null);
  return (
    <div class="board" tabIndex={0} role="region" aria-label="Board">
      {TICKET_STATUSES.map((status) => {
        const cards = tickets.filter((ticket) => ticket.status === status);
        const takes = dragged !== null && canBecome(dragged.status).includes(status);
        return (
          <section
            class={takes ? "column takes" : "column"}
            aria-label={`${label(status)}, ${cards.length}`}
            onDragOver={(event) => takes && event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged && takes) onMove(dragged, status);
              setDragged(null);
            }}
          >
            <h2>
              {label(status)}
              <span class="tab-count">{cards.length}</span>
            </h2>
            <ul>
              {cards.map((ticket) => (
                <li key={ticket.id} draggable onDragStart={() => setDragged(ticket)} onDragEnd={() => setDragged(null)}>
                  <Card of={ticket} href={href(ticket.id)} onMove={onMove} />
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function Card({ of, href, onMove }: { of: Ticket; href: string; onMove: Props["onMove"] }) {
  return (
    <article class="card">
      <p class="card-top">
        <a href={href}>{of.number}</a>
        <State value={of.priority} />
      </p>
      <p class="card-subject">{of.subject}</p>
      <p class="card-foot">
        <span class="soft">{of.assigned_to ?? "Nobody"}</span>
        <span class="soft">
          <Ago iso={of.expected_response_at} />
        </span>
      </p>
      <select
        aria-label={`Move ${of.number}`}
        value=""
        onChange={(event) => {
          const picked = canBecome(of.status).find((status) => status === event.currentTarget.value);
          event.currentTarget.value = "";
          if (picked) onMove(of, picked);
        }}
      >
        <option value="">Move to…</option>
        {canBecome(of.status).map((status) => (
          <option value={status}>{label(status)}</option>
        ))}
      </select>
    </article>
  );
}
