/** One customer with all records; for administrators also the audit log, export and erasure. */
import { useState } from "preact/hooks";
import type { Page } from "../../../shared/api";
import type { Conversation } from "../../../shared/model";
import { useDesk } from "../../desk";
import { type Loaded, useAction, useLoaded } from "../../hooks";
import { Icon } from "../../icons";
import type { Customer, Invoice, Subscription, Ticket } from "../../model";
import { to } from "../../router";
import { Ago, Dialog, download, Facts, Field, Shown, State, Table } from "../../ui";
import { day, label, money } from "../../words";
import { AuditTable } from "../audit";

export function CustomerRecord({ id }: { id: string }) {
  const { api, me } = useDesk();
  const customer = useLoaded<Customer>((signal) => api.get(`/api/customers/${encodeURIComponent(id)}`, {}, { signal }), [id]);
  return (
    <div class="page">
      <a class="back always" href={to(["customers"])}>
        <Icon name="back" />
        All customers
      </a>
      <Shown of={customer}>
        {(known) => (
          <>
            <header class="head">
              <h1>
                {known.first_name} {known.last_name}
              </h1>
              {me.admin && <PersonalData of={known} />}
            </header>
            <Facts
              of={[
                ["E-mail", known.email],
                ["Company", known.company_name || "None"],
                ["Phone", known.phone || "None"],
                ["Since", <Ago iso={known.created_at} />],
              ]}
            />
            <Records email={known.email} />
            {me.admin && (
              <div class="records">
                <h2>Who saw or changed this</h2>
                <AuditTable filters={{ customer_id: id }} />
              </div>
            )}
          </>
        )}
      </Shown>
    </div>
  );
}

function Records({ email }: { email: string }) {
  const conversations = useOf<Conversation>("/api/conversations", email);
  const tickets = useOf<Ticket>("/api/tickets", email);
  const subscriptions = useOf<Subscription>("/api/subscriptions", email);
  const invoices = useOf<Invoice>("/api/invoices", email);
  return (
    <>
      <div class="records">
        <h2>Subscriptions</h2>
        <Shown of={subscriptions}>
          {(page) => (
            <Table
              title="Subscriptions"
              none="No subscription"
              columns={["Plan", "Status", "Price", "Seats", "From", "To"]}
              rows={page.items}
              cells={(one) => [
                label(one.plan),
                <State value={one.status} />,
                `${money(one.price, one.currency)} ${one.billing_cycle}`,
                one.seats,
                day(one.start_date),
                one.end_date ? day(one.end_date) : "",
              ]}
            />
          )}
        </Shown>
      </div>
      <div class="records">
        <h2>Invoices</h2>
        <Shown of={invoices}>
          {(page) => (
            <Table
              title="Invoices"
              none="No invoices"
              columns={["Number", "Status", "Total", "Due", "Paid"]}
              rows={page.items}
              cells={(one) => [
                one.invoice_number,
                <State value={one.status} />,
                money(one.total, one.currency),
                day(one.due_date),
                one.paid_date ? day(one.paid_date) : "",
              ]}
            />
          )}
        </Shown>
      </div>
      <div class="records">
        <h2>Tickets</h2>
        <Shown of={tickets}>
          {(page) => (
            <Table
              title="Tickets"
              none="No tickets"
              columns={["Ticket", "Subject", "Status", "Priority", "Opened"]}
              rows={page.items}
              cells={(one) => [
                <a href={to(["tickets", one.id])}>{one.number}</a>,
                one.subject,
                <State value={one.status} />,
                <State value={one.priority} />,
                <Ago iso={one.created_at} />,
              ]}
            />
          )}
        </Shown>
      </div>
      <div class="records">
        <h2>Conversations</h2>
        <Shown of={conversations}>
          {(page) => (
            <Table
              title="Conversations"
              none="No conversations"
              columns={["Subject", "Status", "Messages", "Changed"]}
              rows={page.items}
              cells={(one) => [
                <a href={to(["inbox", one.id], { view: "all", customer_email: email })}>{one.subject || "No subject yet"}</a>,
                <State value={one.status} />,
                one.message_count,
                <Ago iso={one.updated_at} />,
              ]}
            />
          )}
        </Shown>
      </div>
    </>
  );
}

function useOf<T>(path: string, email: string): Loaded<Page<T>> {
  const { api } = useDesk();
  return useLoaded<Page<T>>((signal) => api.get(path, { customer_email: email, limit: 100 }, { signal }), [path, email]);
}

/** Handing out and erasing what is held about a person; what is erased has to be typed. */
function PersonalData({ of }: { of: Customer }) {
  const { api, say } = useDesk();
  const [run, isBusy] = useAction();
  const [isAsking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const path = `/api/customers/${encodeURIComponent(of.id)}`;
  const save = () =>
    run(async () => {
      const everything = await api.get<unknown>(`${path}/export`);
      download(`customer-${of.id}.json`, "application/json", JSON.stringify(everything, null, 2));
      say("The export is saved.");
    });
  const erase = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await api.delete(path);
      say("Everything about this person is erased.");
      location.hash = to(["customers"]);
    });
  };
  return (
    <div class="head-side">
      <button type="button" class="button" disabled={isBusy} onClick={() => void save()}>
        Export
      </button>
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        Erase…
      </button>
      {isAsking && (
        <Dialog title="Erase everything about this person" onClose={() => setAsking(false)}>
          <p>
            Records, conversations and tickets of {of.first_name} {of.last_name} are erased everywhere. This cannot be undone.
          </p>
          <form onSubmit={erase}>
            <Field title={`Type ${of.email} to confirm`}>
              {(id) => <input id={id} value={typed} autocomplete="off" onInput={(event) => setTyped(event.currentTarget.value)} />}
            </Field>
            <button type="submit" class="button danger" disabled={isBusy || typed.trim() !== of.email}>
              Erase for good
            </button>
          </form>
        </Dialog>
      )}
    </div>
  );
}
