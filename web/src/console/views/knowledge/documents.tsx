/** The documents, by state; what could not be read says why. */
import type { Page } from "../../../shared/api";
import { useDesk } from "../../desk";
import { useLoaded, useRepeated } from "../../hooks";
import { DOCUMENT_STATUSES, type DocumentItem } from "../../model";
import { to } from "../../router";
import { Ago, Choice, Shown, State, Table } from "../../ui";
import { label } from "../../words";

const REFRESH_SECONDS = 10;

interface Props {
  status: string;
  /** Only what waits for somebody to publish it. */
  isReview?: boolean;
}

export function DocumentList({ status, isReview = false }: Props) {
  const { api } = useDesk();
  const documents = useLoaded<Page<DocumentItem>>(
    (signal) => api.get("/api/knowledge", { status, limit: 100 }, { signal }),
    [status],
  );
  useRepeated(documents.reload, REFRESH_SECONDS);
  return (
    <>
      {!isReview && (
        <div class="bar">
          <Choice
            title="Status"
            value={status}
            options={DOCUMENT_STATUSES}
            any="Any"
            onPick={(picked) => (location.hash = to(["knowledge"], { part: "documents", status: picked }))}
          />
        </div>
      )}
      {isReview && <p class="hint">Drafts are not found by search. Open one to read, change, preview and publish it.</p>}
      <Shown of={documents}>
        {(page) => (
          <Table
            title="Documents"
            none={isReview ? "No drafts wait for review" : "No documents"}
            columns={["Title", "Status", "Category", "Visible to", "Source", "Version", "Changed"]}
            rows={page.items}
            cells={(one) => [
              <>
                <a href={to(["knowledge", one.id])}>{one.title || one.source_key || "Without a title"}</a>
                {one.failure_reason && <p class="why">{one.failure_reason}</p>}
              </>,
              <State value={one.status} />,
              label(one.category),
              one.visibility === "internal" ? "Staff" : "Everybody",
              one.source_key ? <code>{one.source_key}</code> : "Written here",
              one.version,
              <Ago iso={one.updated_at} />,
            ]}
          />
        )}
      </Shown>
    </>
  );
}
