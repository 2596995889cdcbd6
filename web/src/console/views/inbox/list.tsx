/** The list of conversations, with what narrows it down; it keeps itself up to date. */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Page, Query } from "../../../shared/api";
import type { Conversation } from "../../../shared/model";
import { useDesk } from "../../desk";
import { useAction, useLoaded, useRepeated } from "../../hooks";
import { Icon } from "../../icons";
import { type Route, to } from "../../router";
import { Badge, Choice, Empty, Field, Shown, Tabs } from "../../ui";
import { elapsed, label } from "../../words";
import { unreadNow } from "./seen";

/** A list that is seconds old is live enough, and costs the API one short query. */
const REFRESH_SECONDS = 6;
const PAGE = 30;
/** Who has waited as long as this is marked. */
const LONG_MINUTES = 15;
const TOO_LONG_MINUTES = 60;

const VIEWS = ["waiting", "mine", "open", "all"] as const;
type View = (typeof VIEWS)[number];
const FILTERS = ["q", "status", "handler", "waiting_for", "agent", "assigned_to", "customer_email"] as const;
type Filter = (typeof FILTERS)[number];
type Filters = Partial<Record<Filter, string>>;

interface Props {
  route: Route;
  current: string | null;
  round: number;
}

export function ConversationList({ route, current, round }: Props) {
  const { api, me } = useDesk();
  const view = VIEWS.find((name) => name === route.query.get("view")) ?? "waiting";
  const filters: Filters = {};
  for (const name of FILTERS) {
    const value = route.query.get(name);
    if (value) filters[name] = value;
  }
  const query: Query = { ...preset(view, me.email), ...filters, limit: PAGE };
  const key = JSON.stringify(query);
  const first = useLoaded<Page<Conversation>>(
    (signal) => api.get("/api/conversations", query, { signal }),
    [key],
  );
  const more = useMore(key);
  useRepeated(first.reload, REFRESH_SECONDS);
  useEffect(() => {
    if (round) first.reload();
  }, [round]);

  const place = (changed: Filters & { view?: View }, path = current ? ["inbox", current] : ["inbox"]) =>
    to(path, { view, ...filters, ...changed });
  return (
    <section class="list-pane" aria-label="Conversations">
      <header class="list-head">
        <h1>Inbox</h1>
        <Tabs
          title="Views"
          current={view}
          tabs={VIEWS.map((name) => ({
            name,
            text: label(name),
            href: to(current ? ["inbox", current] : ["inbox"], { view: name }),
          }))}
        />
        <Narrowing filters={filters} onChange={(changed) => (location.hash = place(changed))} />
      </header>
      <Shown of={first}>
        {(page) => {
          const known = new Set(page.items.map(({ id }) => id));
          const items = [...page.items, ...more.items.filter(({ id }) => !known.has(id))];
          const next = more.isStarted ? more.cursor : page.next_cursor;
          return (
            <>
              <Items items={items} current={current} view={view} href={(id) => place({}, ["inbox", id])} />
              {next && (
                <button
                  type="button"
                  class="button ghost more"
                  disabled={more.isBusy}
                  onClick={() => more.load(query, next)}
                >
                  Show more
                </button>
              )}
            </>
          );
        }}
      </Shown>
    </section>
  );
}

function preset(view: View, email: string | null): Query {
  switch (view) {
    case "waiting":
      return { waiting_for: "staff", sort: "waiting_since" };
    case "mine":
      return { assigned_to: email ?? "", status: "open" };
    case "open":
      return { status: "open" };
    case "all":
      return {};
  }
}

/** The pages after the first one, which alone is refreshed. */
function useMore(key: string) {
  const { api } = useDesk();
  const [run, isBusy] = useAction();
  const nothing = { key, items: [] as Conversation[], cursor: null as string | null, isStarted: false };
  const [state, setState] = useState(nothing);
  const kept = state.key === key ? state : nothing;
  const load = (query: Query, cursor: string) =>
    run(async () => {
      const page = await api.get<Page<Conversation>>("/api/conversations", { ...query, cursor });
      setState({ key, items: [...kept.items, ...page.items], cursor: page.next_cursor, isStarted: true });
    });
  return { ...kept, isBusy, load };
}

function Narrowing({ filters, onChange }: { filters: Filters; onChange(changed: Filters): void }) {
  const chosen = FILTERS.filter((name) => name !== "q" && filters[name]).length;
  const [isOpen, setOpen] = useState(chosen > 0);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    onChange(Object.fromEntries(FILTERS.map((name) => [name, String(form.get(name) ?? filters[name] ?? "").trim()])));
  };
  const choose = (name: Filter, title: string, options: string[]) => (
    <Choice title={title} value={filters[name] ?? ""} options={options} any="Any" onPick={(value) => onChange({ [name]: value })} />
  );
  return (
    <form class="narrowing" role="search" onSubmit={submit}>
      <div class="search">
        <Icon name="search" />
        <input type="search" name="q" placeholder="Search subjects" aria-label="Search subjects" defaultValue={filters.q ?? ""} key={filters.q ?? ""} />
        <button
          type="button"
          class="button ghost small"
          aria-expanded={isOpen}
          aria-controls="filters"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="filter" />
          Filters{chosen > 0 && <span class="tab-count">{chosen}</span>}
        </button>
      </div>
      <div id="filters" class="filters" hidden={!isOpen}>
        {choose("status", "Status", ["open", "closed"])}
        {choose("handler", "Handler", ["ai", "human"])}
        {choose("waiting_for", "Waiting for", ["staff", "customer"])}
        {choose("agent", "Last agent", ["faq", "order", "escalation"])}
        <Field title="Assigned to">
          {(id) => <input id={id} name="assigned_to" defaultValue={filters.assigned_to ?? ""} key={filters.assigned_to ?? ""} />}
        </Field>
        <Field title="Customer's e-mail">
          {(id) => (
            <input id={id} name="customer_email" defaultValue={filters.customer_email ?? ""} key={filters.customer_email ?? ""} />
          )}
        </Field>
        <div class="filters-foot">
          <button type="submit" class="button small">
            Apply
          </button>
          {chosen > 0 && (
            <button
              type="button"
              class="button ghost small"
              onClick={() => onChange(Object.fromEntries(FILTERS.map((name) => [name, ""])))}
            >
              Clear
            </button>
          )}
        </div>
      </div>
    </form>
  );
}

interface ItemsProps {
  items: Conversation[];
  current: string | null;
  view: View;
  href(id: string): string;
}

function Items({ items, current, view, href }: ItemsProps) {
  const isUnread = useMemo(unreadNow, [items, current]);
  if (!items.length) {
    return view === "waiting" ? (
      <Empty title="Nobody is waiting">New conversations that need a person show up here.</Empty>
    ) : (
      <Empty title="No conversations match" />
    );
  }
  return (
    <ul class="items">
      {items.map((conversation) => (
        <li key={conversation.id}>
          <Item of={conversation} href={href(conversation.id)} isOpen={conversation.id === current} isUnread={conversation.id !== current && isUnread(conversation)} />
        </li>
      ))}
    </ul>
  );
}

interface ItemProps {
  of: Conversation;
  href: string;
  isOpen: boolean;
  isUnread: boolean;
}

function Item({ of, href, isOpen, isUnread }: ItemProps) {
  return (
    <a class={isUnread ? "item unread" : "item"} href={href} aria-current={isOpen ? "true" : undefined}>
      <span class="item-title">
        {isUnread && <span class="visually-hidden">Unread: </span>}
        {of.subject || "No subject yet"}
      </span>
      <span class="item-when">
        <When of={of} />
      </span>
      <span class="item-meta">
        {of.status === "closed" && <Badge>Closed</Badge>}
        {of.handler === "human" ? <Badge tone="accent">Person</Badge> : of.last_agent && <Badge>{label(of.last_agent)}</Badge>}
        {of.tags.map((tag) => (
          <Badge>{tag}</Badge>
        ))}
        <span class="item-people">{of.assigned_to ?? "Unassigned"}</span>
        <span class="item-count">
          {of.message_count}
          <span class="visually-hidden"> messages</span>
        </span>
      </span>
    </a>
  );
}

function When({ of }: { of: Conversation }) {
  if (of.waiting_for !== "staff" || !of.waiting_since) {
    return (
      <>
        <span class="visually-hidden">Changed </span>
        {elapsed(of.updated_at)}
        <span class="visually-hidden"> ago</span>
      </>
    );
  }
  const minutes = (Date.now() - Date.parse(of.waiting_since)) / 60_000;
  const tone = minutes >= TOO_LONG_MINUTES ? "bad" : minutes >= LONG_MINUTES ? "warn" : "plain";
  return (
    <Badge tone={tone}>
      <Icon name="clock" />
      <span class="visually-hidden">Waiting for </span>
      {elapsed(of.waiting_since)}
    </Badge>
  );
}
