/** Tickets: as a list, as a board, and one by one. */
import { useMemo } from "preact/hooks";
import { useDesk } from "../desk";
import { useAction, useLoaded, useRepeated } from "../hooks";
import { TICKET_STATUSES, type Ticket, type TicketStatus } from "../model";
import { type Route, to } from "../router";
import { Ago, Choice, Head, Shown, State, Table, Tabs } from "../ui";
import { Board } from "./tickets/board";
import { TicketPanel } from "./tickets/ticket";

const REFRESH_SECONDS = 10;
/** What is done with is only looked up, and the latest are enough for that. */
const MOST_OF_A_STATUS = 200;

export function Tickets({ route }: { route: Route }) {
  const { api, say } = useDesk();
  const [run] = useAction();
  const [, id] = route.path;
  const view = route.query.get("view") === "board" ? "board" : "list";
  const status = TICKET_STATUSES.find((one) => one === route.query.get("status")) ?? "";
  const wanted: readonly TicketStatus[] = status && view === "list" ? [status] : TICKET_STATUSES;
  const tickets = useLoaded<Ticket[]>(
    async (signal) => {
      const each = await Promise.all(
        wanted.map((one) => api.all<Ticket>("/api/tickets", { status: one }, MOST_OF_A_STATUS, { signal })),
      );
      return each.flat();
    },
    [wanted],
  );
  useRepeated(tickets.reload, REFRESH_SECONDS);
  const place = (path: string[], changed: { view?: string; status?: string } = {}) => to(["tickets", ...path], { view, status, ...changed });
  const open = useMemo(() => tickets.data?.find((ticket) => ticket.id === id) ?? null, [tickets.data, id]);
  const replace = (changed: Ticket) =>
    tickets.replace((tickets.data ?? []).map((known) => (known.id === changed.id ? changed : known)));
  const move = (ticket: Ticket, next: TicketStatus) =>
    void run(async () => {
      replace(await api.patch<Ticket>(`/api/tickets/${ticket.id}`, { status: next }));
      say(`${ticket.number} is ${next.replace("_", " ")}.`);
    });
  return (
    <div class={id ? "split has-side" : "split"}>
      <div class="page">
        <Head title="Tickets">
          <Tabs
            title="Ways to look at tickets"
            current={view}
            tabs={[
              { name: "list", text: "List", href: place([], { view: "list" }) },
              { name: "board", text: "Board", href: place([], { view: "board" }) },
            ]}
          />
        </Head>
        {view === "list" && (
          <div class="bar">
            <Choice title="Status" value={status} options={TICKET_STATUSES} any="Any" onPick={(picked) => (location.hash = place([], { status: picked }))} />
          </div>
        )}
        <Shown of={tickets}>
          {(known) =>
            view === "board" ? (
              <Board tickets={known} href={(one) => place([one])} onMove={move} />
            ) : (
              <Table
                title="Tickets"
                none="No tickets"
                columns={["Ticket", "Subject", "Status", "Priority", "Assigned to", "Answer by"]}
                rows={[...known].sort((one, other) => other.created_at.localeCompare(one.created_at))}
                cells={(ticket) => [
                  <a href={place([ticket.id])} aria-current={ticket.id === id ? "true" : undefined}>
                    {ticket.number}
                  </a>,
                  ticket.subject,
                  <State value={ticket.status} />,
                  <State value={ticket.priority} />,
                  ticket.assigned_to ?? <span class="soft">Nobody</span>,
                  <Ago iso={ticket.expected_response_at} />,
                ]}
              />
            )
          }
        </Shown>
      </div>
      {id && <TicketPanel key={id} id={id} known={open} back={place([])} onChanged={replace} />}
    </div>
  );
}
