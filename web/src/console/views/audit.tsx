/** Who saw or changed what. */
import type { Page } from "../../shared/api";
import { useDesk } from "../desk";
import { useLoaded } from "../hooks";
import type { AuditEntry } from "../model";
import { type Route, to } from "../router";
import { Field, Head, Shown, Table } from "../ui";
import { dateTime } from "../words";

const FILTERS = ["action", "actor", "customer_id"] as const;

export function Audit({ route }: { route: Route }) {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, route.query.get(name) ?? ""]));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    location.hash = to(["audit"], Object.fromEntries(FILTERS.map((name) => [name, String(form.get(name)).trim()])));
  };
  return (
    <div class="page">
      <Head title="Audit" />
      <form class="bar" role="search" onSubmit={submit} key={JSON.stringify(filters)}>
        {FILTERS.map((name) => (
          <Field title={{ action: "Action", actor: "Who (subject)", customer_id: "Customer's id" }[name]}>
            {(id) => <input id={id} name={name} defaultValue={filters[name] ?? ""} />}
          </Field>
        ))}
        <button type="submit" class="button">
          Search
        </button>
      </form>
      <AuditTable filters={filters} />
    </div>
  );
}

export function AuditTable({ filters }: { filters: Record<string, string> }) {
  const { api } = useDesk();
  const entries = useLoaded<Page<AuditEntry>>(
    (signal) => api.get("/api/audit", { ...filters, limit: 100 }, { signal }),
    [filters],
  );
  return (
    <Shown of={entries}>
      {(page) => (
        <Table
          title="Audit log"
          none="Nothing was seen or changed"
          columns={["When", "Who", "Did", "To what", "Fields"]}
          rows={page.items}
          cells={(entry) => [
            <time dateTime={entry.occurred_at}>{dateTime(entry.occurred_at)}</time>,
            <span title={entry.actor.subject ?? undefined}>{short(entry.actor.subject) ?? entry.actor.kind}</span>,
            <code>{entry.action}</code>,
            `${entry.object_kind.replaceAll("_", " ")} ${entry.object_id ?? ""}`,
            Array.isArray(entry.details["fields"]) ? entry.details["fields"].join(", ") : "",
          ]}
        />
      )}
    </Shown>
  );
}

/** A subject without its issuer: what tells people apart. */
function short(subject: string | null): string | null {
  return subject?.split("|").at(-1)?.slice(0, 12) ?? null;
}
