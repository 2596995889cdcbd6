/** What publishing a document would change: answers to recent questions, and what it contradicts. */
import type { Preview, PreviewedPassage } from "../../model";
import { to } from "../../router";
import { Badge, Dialog, Empty } from "../../ui";
import { count, label } from "../../words";
import { Question } from "./question";

export function PreviewDialog({ of, onClose }: { of: Preview; onClose(): void }) {
  return (
    <Dialog title="What this would change" onClose={onClose} isWide>
      <p>
        {count(of.passages)} passages; {count(of.questions)} recent questions were asked with and without it.
      </p>
      <LeftOut of={of} />
      <h3>Already published about the same</h3>
      {!of.overlaps.length && <Empty title="Nothing contradicts or repeats it" />}
      <ul class="previewed">
        {of.overlaps.map((overlap) => (
          <li>
            <p>
              <Badge tone={overlap.relation === "contradicts" ? "bad" : "warn"}>{label(overlap.relation)}</Badge>{" "}
              <a href={to(["knowledge", overlap.published.document_id])}>
                {overlap.published.title}
                {overlap.published.section && ` › ${overlap.published.section}`}
              </a>
            </p>
            {overlap.differences.map((difference) => (
              <div class="before-after">
                <p>
                  <span class="soft">Published</span> {difference.published}
                </p>
                <p>
                  <span class="soft">Proposed</span> {difference.proposed}
                </p>
              </div>
            ))}
          </li>
        ))}
      </ul>
      <h3>Questions that would find something else</h3>
      {!of.changed.length && <Empty title="No recent question would find anything else" />}
      <ul class="previewed">
        {of.changed.map((changed) => (
          <li>
            <p>
              <strong>
                <Question of={changed} />
              </strong>{" "}
              {changed.best_changed && <Badge tone="warn">Another best passage</Badge>}
            </p>
            <div class="before-after">
              <Found title="Now" passages={changed.before} />
              <Found title="Then" passages={changed.after} />
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** What there was no time for: nothing said of it below means nothing. */
function LeftOut({ of }: { of: Preview }) {
  if (!of.not_compared && !of.not_asked.length) return null;
  const named = [...of.sections_not_compared, ...of.not_asked];
  return (
    <div class="hint">
      <p>
        The time was over before everything was looked at: {count(of.not_compared)} of {count(of.passages)} passages were
        not compared with what is published, and {count(of.not_asked.length)} of{" "}
        {count(of.questions + of.not_asked.length)} questions were not asked. Try again later, or preview a part of it.
      </p>
      {named.length > 0 && (
        <details>
          <summary>What was left out</summary>
          <ul>
            {named.map((name) => (
              <li>{name}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Found({ title, passages }: { title: string; passages: PreviewedPassage[] }) {
  return (
    <div>
      <p class="soft">{title}</p>
      <ol>
        {passages.map((passage) => (
          <li>
            {passage.title}
            {passage.section && ` › ${passage.section}`} {passage.is_proposed && <Badge tone="accent">This document</Badge>}
          </li>
        ))}
      </ol>
    </div>
  );
}
