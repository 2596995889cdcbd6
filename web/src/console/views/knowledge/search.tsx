/** What search finds, as the agents would get it. */
import { useState } from "preact/hooks";
import { useDesk } from "../../desk";
import { useAction, useDraft } from "../../hooks";
import type { SearchHit } from "../../model";
import { to } from "../../router";
import { Badge, Empty, Field } from "../../ui";

export function TestSearch() {
  const { api } = useDesk();
  const [query, write] = useDraft("test-search");
  const [found, setFound] = useState<{ results: SearchHit[]; degraded: boolean } | null>(null);
  const [run, isBusy] = useAction();
  return (
    <>
      <form
        class="bar"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void run(async () => setFound(await api.post("/api/knowledge/search", { query, limit: 10 })));
        }}
      >
        <Field title="A customer's question">
          {(id) => <input id={id} type="search" value={query} onInput={(event) => write(event.currentTarget.value)} />}
        </Field>
        <button type="submit" class="button primary" disabled={isBusy || !query.trim()}>
          Search
        </button>
      </form>
      {found?.degraded && (
        <p class="failure" role="note">
          Embeddings are out of reach: only words were compared.
        </p>
      )}
      <div role="status" class="visually-hidden">
        {found && `${found.results.length} passages found`}
      </div>
      {found && !found.results.length && <Empty title="Nothing is found" />}
      <ol class="hits">
        {found?.results.map((hit) => (
          <li class="card">
            <p class="card-top">
              <a href={to(["knowledge", hit.document_id])}>
                {hit.title}
                {hit.section && hit.section !== hit.title && ` › ${hit.section}`}
              </a>
              <Badge>score {hit.score.toFixed(3)}</Badge>
            </p>
            <p>{hit.snippet}</p>
          </li>
        ))}
      </ol>
    </>
  );
}
