/** What publishing a document would change: answers to recent questions, and what it contradicts. */
import type { Preview, PreviewedPassage } from "../../model";
import { to } from "../../router";
import { Badge, Dialog, Empty } from "../../ui";
import { count, label } from "../../words";

export function PreviewDialog({ of, onClose }: { of: Preview; onClose(): void }) {
  return (
    <Dialog title="What this would change" onClose={onClose} isWide>
      <p>
        {count(of.passages)} passages; {count(of.questions)} recent questions were asked with and without it.
      </p>
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
              <strong>{changed.question}</strong> {changed.best_changed && <Badge tone="warn">Another best passage</Badge>}
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
