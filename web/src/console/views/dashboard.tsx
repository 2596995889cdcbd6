/** The figures of a period: tiles, plots, gaps, definitions, and a file of all of it. */
import type { Page } from "../../shared/api";
import { useDesk } from "../desk";
import { useLoaded } from "../hooks";
import type { Day, Figures, Gap } from "../model";
import { type Route, to } from "../router";
import { Ago, download, Empty, Field, Head, Shown, Tabs } from "../ui";
import { count, dollars, milliseconds, share } from "../words";
import { Chart } from "./dashboard/chart";
import { toCsv } from "./dashboard/csv";

const PERIODS = ["7", "30", "90"] as const;
const DAY_MS = 86_400_000;
const TOP_GAPS = 5;

interface Period {
  from: string;
  to: string;
}

export function Dashboard({ route }: { route: Route }) {
  const { api } = useDesk();
  const [period, name] = periodOf(route.query);
  const figures = useLoaded<Figures>((signal) => api.get("/api/metrics", { ...period }, { signal }), [period]);
  const days = useLoaded<{ items: Day[] }>((signal) => api.get("/api/metrics/days", { ...period }, { signal }), [period]);
  const gaps = useLoaded<Page<Gap>>((signal) => api.get("/api/knowledge/gaps", { limit: TOP_GAPS }, { signal }), []);
  return (
    <div class="page">
      <Head title="Dashboard">
        <Tabs
          title="Periods"
          current={name}
          tabs={PERIODS.map((one) => ({ name: one, text: `${one} days`, href: to(["dashboard"], { days: one }) }))}
        />
        <button
          type="button"
          class="button"
          disabled={!days.data}
          onClick={() => days.data && download(`frontdesk-${period.from}-${period.to}.csv`, "text/csv", toCsv(days.data.items))}
        >
          Download CSV
        </button>
      </Head>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          location.hash = to(["dashboard"], { from: String(form.get("from")), to: String(form.get("to")) });
        }}
        key={period.from + period.to}
      >
        <Field title="From">{(id) => <input id={id} name="from" type="date" required defaultValue={period.from} />}</Field>
        <Field title="To">{(id) => <input id={id} name="to" type="date" required defaultValue={period.to} />}</Field>
        <button type="submit" class="button">
          Show
        </button>
        <span class="hint">Days in UTC</span>
      </form>
      <Shown of={figures}>{(known) => <Tiles of={known} />}</Shown>
      <Shown of={days}>{({ items }) => <Charts days={items} />}</Shown>
      <section class="records" aria-label="Top gaps">
        <h2>Top gaps</h2>
        <p class="hint">Questions of the last 30 days whose answer could quote nothing.</p>
        <Shown of={gaps}>
          {(page) =>
            page.items.length ? (
              <ol class="top-gaps">
                {page.items.map((gap) => (
                  <li>
                    <span>{gap.question}</span>
                    <span class="soft">
                      {count(gap.count)} times, last <Ago iso={gap.last_asked_at} />
                    </span>
                  </li>
                ))}
              </ol>
            ) : (
              <Empty title="No gaps" />
            )
          }
        </Shown>
        <p>
          <a href={to(["knowledge"], { part: "gaps" })}>All gaps</a>
        </p>
      </section>
      <Definitions />
    </div>
  );
}

function periodOf(query: URLSearchParams): [Period, string] {
  const from = query.get("from");
  const until = query.get("to");
  if (from && until) return [{ from, to: until }, ""];
  const name = PERIODS.find((one) => one === query.get("days")) ?? "7";
  const now = Date.now();
  return [{ from: dayOf(now - (Number(name) - 1) * DAY_MS), to: dayOf(now) }, name];
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function part(some: number, all: number): string {
  return all ? share(some / all) : "–";
}

function Tiles({ of }: { of: Figures }) {
  const { conversations, answers, ratings, usage } = of;
  const rated = ratings.up + ratings.down;
  const tiles: [string, string, string][] = [
    ["Conversations", count(conversations.started), `${count(of.messages.customer)} messages of customers`],
    [
      "Resolved without a person",
      part(conversations.resolved_without_person, conversations.started),
      `${count(conversations.resolved_without_person)} conversations`,
    ],
    ["Hand-overs", part(conversations.handed_over, conversations.started), `${count(conversations.handed_over)} conversations`],
    [
      "First answer, median",
      conversations.first_answer_ms_p50 === null ? "–" : milliseconds(conversations.first_answer_ms_p50),
      conversations.first_answer_ms_p95 === null ? "no answers" : `95 % within ${milliseconds(conversations.first_answer_ms_p95)}`,
    ],
    [
      "Degraded",
      answers.degraded_share === null ? "–" : share(answers.degraded_share),
      `${count(answers.degraded)} of ${count(answers.total)} answers`,
    ],
    ["Satisfaction", part(ratings.up, rated), `${count(ratings.up)} up, ${count(ratings.down)} down`],
    ["Tokens", count(usage.input_tokens + usage.output_tokens), `${count(usage.llm_calls)} model calls`],
    ["Cost", dollars(usage.cost_usd), conversations.started ? `${dollars(Number(usage.cost_usd) / conversations.started)} a conversation` : ""],
  ];
  return (
    <dl class="tiles">
      {tiles.map(([title, value, more]) => (
        <div class="tile">
          <dt>{title}</dt>
          <dd>
            <span class="tile-value">{value}</span>
            <span class="soft">{more}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Charts({ days }: { days: Day[] }) {
  const labels = days.map(({ day }) => day);
  return (
    <div class="charts">
      <Chart
        title="Conversations"
        kind="bars"
        days={labels}
        write={count}
        series={[
          { name: "Conversations", values: days.map((one) => one.conversations.started) },
          { name: "Resolved without a person", values: days.map((one) => one.conversations.resolved_without_person) },
          { name: "Hand-overs", values: days.map((one) => one.conversations.handed_over) },
        ]}
      />
      <Chart
        title="First answer"
        kind="lines"
        days={labels}
        write={milliseconds}
        series={[
          { name: "Median (p50)", values: days.map((one) => one.conversations.first_answer_ms_p50) },
          { name: "p95", values: days.map((one) => one.conversations.first_answer_ms_p95) },
        ]}
      />
      <Chart
        title="Answers"
        kind="bars"
        days={labels}
        write={count}
        series={[
          { name: "Answers", values: days.map((one) => one.answers.total) },
          { name: "Degraded", values: days.map((one) => one.answers.degraded) },
          { name: "Failed", values: days.map((one) => one.answers.failed) },
        ]}
      />
      <Chart
        title="Ratings"
        kind="bars"
        days={labels}
        write={count}
        series={[
          { name: "Up", values: days.map((one) => one.ratings.up) },
          { name: "Down", values: days.map((one) => one.ratings.down) },
        ]}
      />
      <Chart
        title="Tokens"
        kind="bars"
        days={labels}
        write={count}
        series={[
          { name: "In", values: days.map((one) => one.usage.input_tokens) },
          { name: "Out", values: days.map((one) => one.usage.output_tokens) },
        ]}
      />
      <Chart title="Cost" kind="bars" days={labels} write={dollars} series={[{ name: "Cost", values: days.map((one) => Number(one.usage.cost_usd)) }]} />
    </div>
  );
}

const DEFINITIONS: [string, string][] = [
  ["Conversations", "Conversations that began in the period (“Conversations” in Chatwoot and “New conversations” in Intercom)."],
  [
    "Resolved without a person",
    "Of these, those that the agents answered, that are closed or have been quiet for 24 hours, in which no person wrote or is waited for, no answer was rated down, and that were not opened again in a later conversation (Chatwoot's “Bot resolutions”, Intercom's “Resolution rate”).",
  ],
  ["Hand-overs", "Of these, those in which a person took part (Chatwoot's “Bot handoffs”, Intercom's “Routed to team”)."],
  [
    "First answer",
    "From a conversation's first message to the first reply of whomever (“First response time”). Half of all took at most the median (p50), 95 of 100 at most the p95.",
  ],
  ["Degraded", "Answers that were made without the model or without embeddings, because they were out of reach, as a part of all answers."],
  ["Satisfaction", "Thumbs up as a part of all ratings of the period's answers (“CSAT”)."],
  ["Tokens and cost", "What the models read and wrote for the period's answers, and what that costs at the configured prices."],
];

function Definitions() {
  return (
    <section class="records" aria-label="What the figures mean">
      <h2>What the figures mean</h2>
      <dl class="definitions">
        {DEFINITIONS.map(([name, text]) => (
          <div>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
