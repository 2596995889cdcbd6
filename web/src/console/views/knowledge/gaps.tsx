/** What customers ask and the knowledge base does not answer. */
import type { Page } from "../../../shared/api";
import { useDesk } from "../../desk";
import { useLoaded } from "../../hooks";
import type { Gap } from "../../model";
import { to } from "../../router";
import { Ago, Badge, Empty, Shown } from "../../ui";
import { count } from "../../words";
import { Question } from "./question";

export function Gaps() {
  const { api } = useDesk();
  const gaps = useLoaded<Page<Gap>>((signal) => api.get("/api/knowledge/gaps", { limit: 100 }, { signal }), []);
  return (
    <>
      <p class="hint">Questions of the last 30 days whose answer could quote nothing, those that mean the same together.</p>
      <Shown of={gaps}>
        {(page) =>
          page.items.length ? (
            <ul class="gaps">
              {page.items.map((gap) => (
                <li class="card">
                  <p class="card-top">
                    <strong>
                      <Question of={gap} />
                    </strong>
                    <Badge tone="accent">{count(gap.count)} times</Badge>
                  </p>
                  <p class="soft">
                    Last asked <Ago iso={gap.last_asked_at} />
                  </p>
                  <details>
                    <summary>Where it was asked</summary>
                    <ul>
                      {gap.examples.map((example) => (
                        <li>
                          <a href={to(["inbox", example.conversation_id], { view: "all" })}>
                            <Question of={example} />
                          </a>
                        </li>
                      ))}
                    </ul>
                  </details>
                  <a class="button small" href={to(["knowledge", "new"], { question: titleOf(gap) })}>
                    Write a document
                  </a>
                </li>
              ))}
            </ul>
          ) : (
            <Empty title="No gaps">Every recent question found something to quote.</Empty>
          )
        }
      </Shown>
    </>
  );
}

/** As long as a title may be. */
const MAX_TITLE = 300;

/** What a document that closes a gap is called at first. */
function titleOf(gap: Gap) {
  return [gap.follows, gap.question].filter(Boolean).join(" ").slice(0, MAX_TITLE);
}
