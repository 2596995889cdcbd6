/** What a person has to know to go on with a conversation, above its messages. */
import { useEffect, useRef } from "preact/hooks";
import type { Citation, Conversation, RecordReference } from "../../../shared/model";
import { useDesk } from "../../desk";
import { useLoaded } from "../../hooks";
import type { Ticket } from "../../model";
import { to } from "../../router";
import { Badge, Facts, Failure, State, type Tone } from "../../ui";
import { label } from "../../words";

interface Packet {
  who: {
    verified: boolean;
    customer_id: string | null;
    name: string;
    email: string | null;
    company_name: string;
    contact_email: string | null;
    subscription: string | null;
    language: string | null;
  };
  reason: string;
  wanted: string[];
  tried: {
    task_id: string;
    asked: string;
    outcome: string;
    agent: string | null;
    answer: string;
    documents: string[];
    tools: string[];
    degraded: boolean;
    rating: string | null;
  }[];
  evidence: Citation[];
  records: RecordReference[];
  tickets: Ticket[];
  actions: { token: string; title: string; effect: string; status: string }[];
  feeling: { mood: string; because: string[] };
  next_step: string;
}

const MOODS: Record<string, Tone> = { calm: "good", dissatisfied: "warn", upset: "bad", grave: "bad" };
const OUTCOMES: Record<string, Tone> = { answered: "good", unanswered: "warn", escalated: "warn", left_to_people: "warn", failed: "bad" };

export function HandoverPacket({ of }: { of: Conversation }) {
  const { api } = useDesk();
  const packet = useLoaded<Packet>(
    (signal) => api.get(`/api/conversations/${encodeURIComponent(of.id)}/handover`, {}, { signal }),
    [of.id],
  );
  // It is worked out of the messages: with each one it is another.
  const read = useRef(of.message_count);
  useEffect(() => {
    if (read.current !== of.message_count) packet.reload();
    read.current = of.message_count;
  }, [of.message_count]);
  if (packet.error != null) return <Failure error={packet.error} retry={packet.reload} />;
  if (!packet.data) return null;
  const { feeling, next_step } = packet.data;
  return (
    <details class="packet" open={of.waiting_for === "staff" || of.handler === "human"}>
      <summary>
        <span class="packet-name">Hand-over</span>
        <Badge tone={MOODS[feeling.mood] ?? "plain"}>{label(feeling.mood)}</Badge>
        <span class="next-step">{next_step}</span>
      </summary>
      <div class="packet-body">
        <Known of={packet.data} />
        <Lines title="Wanted" lines={packet.data.wanted} />
        <Tried of={packet.data.tried} />
        <Proposed of={packet.data.actions} />
        {packet.data.evidence.length > 0 && (
          <p class="soft">
            Answers came from{" "}
            {packet.data.evidence.map(({ document_id, title, section }, place) => (
              <>
                {place > 0 && ", "}
                <a href={to(["knowledge", document_id])}>{section ? `${title} › ${section}` : title}</a>
              </>
            ))}
            .
          </p>
        )}
      </div>
    </details>
  );
}

function Known({ of: { who, reason, feeling, tickets, records } }: { of: Packet }) {
  const name = who.name || who.email || who.contact_email || "A guest";
  return (
    <Facts
      of={[
        [
          "Who",
          <>
            {who.customer_id ? <a href={to(["customers", who.customer_id])}>{name}</a> : name}
            {who.company_name && `, ${who.company_name}`} <Badge tone={who.verified ? "good" : "warn"}>{who.verified ? "Verified" : "Not verified"}</Badge>
          </>,
        ],
        ...(who.subscription ? [["Plan", who.subscription] as [string, string]] : []),
        ["Why", reason || "Nobody has asked for a person"],
        ...(feeling.because.length ? [["Seems", `${label(feeling.mood)}: ${feeling.because.join("; ")}`] as [string, string]] : []),
        ...(tickets.length
          ? ([
              [
                "Tickets",
                tickets.map((ticket) => (
                  <span class="with-state">
                    <a href={to(["tickets", ticket.id])}>{ticket.number}</a> <State value={ticket.status} />
                  </span>
                )),
              ],
            ] as [string, preact.ComponentChildren][])
          : []),
        ...(records.length ? [["Records", records.map((record) => record.label).join(", ")] as [string, string]] : []),
      ]}
    />
  );
}

function Lines({ title, lines }: { title: string; lines: string[] }) {
  if (!lines.length) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {lines.map((line) => (
          <li>{line}</li>
        ))}
      </ul>
    </>
  );
}

function Tried({ of }: { of: Packet["tried"] }) {
  if (!of.length) return null;
  return (
    <>
      <h2>Tried so far</h2>
      <ul>
        {of.map((one) => (
          <li>
            <Badge tone={OUTCOMES[one.outcome] ?? "plain"}>{label(one.outcome)}</Badge> {one.asked}
            {one.tools.length > 0 && <span class="soft"> ({one.tools.map(label).join(", ")})</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Proposed({ of }: { of: Packet["actions"] }) {
  if (!of.length) return null;
  return (
    <>
      <h2>Proposed to the customer</h2>
      <ul>
        {of.map((action) => (
          <li>
            <State value={action.status} /> {action.title}: {action.effect}
          </li>
        ))}
      </ul>
    </>
  );
}
