/** One document: read, written, previewed, published, and what it said before. */
import { useState } from "preact/hooks";
import { Markdown } from "../../../shared/markdown";
import type { Page } from "../../../shared/api";
import { useDesk } from "../../desk";
import { type Loaded, useAction, useDraft, useLoaded } from "../../hooks";
import { Icon } from "../../icons";
import { CATEGORIES, type Document, type DocumentVersion, type Preview } from "../../model";
import { to } from "../../router";
import { Ago, Choice, Facts, Field, Shown, State, Table } from "../../ui";
import { label } from "../../words";
import { PreviewDialog } from "./preview";
import { VersionDialog } from "./version";

/** What is typed, before it is a document. */
interface Written {
  title: string;
  content: string;
  category: string;
  visibility: string;
  source_url: string;
  owner: string;
  review_at: string;
}

interface Known {
  document: Document;
  /** The version to replace, and no later one. */
  tag: string | null;
}

export function DocumentPage({ id, question }: { id: string | null; question: string | null }) {
  const { api } = useDesk();
  const known = useLoaded<Known | null>(
    async (signal) => {
      if (!id) return null;
      const answer = await api.send("GET", `/api/knowledge/${encodeURIComponent(id)}`, { signal });
      return { document: (await answer.json()) as Document, tag: answer.headers.get("etag") };
    },
    [id],
  );
  return (
    <div class="page">
      <a class="back always" href={to(["knowledge"])}>
        <Icon name="back" />
        All documents
      </a>
      {id === null ? (
        <>
          <header class="head">
            <h1>New document</h1>
          </header>
          <Editor known={null} question={question} onSaved={(made) => (location.hash = to(["knowledge", made.id]))} />
        </>
      ) : (
        <Shown of={known}>{(loaded) => loaded && <KnownDocument of={loaded} loaded={known} />}</Shown>
      )}
    </div>
  );
}

function KnownDocument({ of, loaded }: { of: Known; loaded: Loaded<Known | null> }) {
  const { api, say } = useDesk();
  const [run, isBusy] = useAction();
  const { document } = of;
  const isDropped = document.source_key !== null;
  const archive = () =>
    run(async () => {
      await api.delete(`/api/knowledge/${document.id}`);
      say("Nothing of it is found any more.");
      loaded.reload();
    });
  return (
    <>
      <header class="head">
        <h1>{document.title || document.source_key}</h1>
        <div class="head-side">
          <State value={document.status} />
          {!isDropped && document.status !== "archived" && (
            <button type="button" class="button danger" disabled={isBusy} onClick={() => void archive()}>
              Archive
            </button>
          )}
        </div>
      </header>
      {document.failure_reason && (
        <p class="failure" role="note">
          It could not be read: {document.failure_reason}
        </p>
      )}
      <Facts
        of={[
          ["Category", label(document.category)],
          ["Visible to", document.visibility === "internal" ? "Staff" : "Everybody"],
          ["Version", document.version],
          ["Passages", document.passage_count],
          ["Source", document.source_key ? <code>{document.source_key}</code> : "Written here"],
          ["Changed", <Ago iso={document.updated_at} />],
        ]}
      />
      {isDropped ? (
        <>
          <p class="hint">This document is owned by the S3 drop: upload a file with the same name to replace it.</p>
          <div class="paper prose">
            <Markdown text={document.content} />
          </div>
        </>
      ) : (
        <Editor
          known={of}
          question={null}
          onSaved={() => {
            loaded.reload();
          }}
        />
      )}
      <Versions id={document.id} version={document.version} />
    </>
  );
}

interface EditorProps {
  known: Known | null;
  question: string | null;
  onSaved(saved: Document): void;
}

function Editor({ known, question, onSaved }: EditorProps) {
  const { api, say } = useDesk();
  const before = written(known?.document ?? null, question);
  const [text, write, clear] = useDraft(`document.${known?.document.id ?? "new"}`, JSON.stringify(before));
  const now = JSON.parse(text) as Written;
  const [run, isBusy] = useAction();
  const [preview, setPreview] = useState<Preview | null>(null);
  const set = (changes: Partial<Written>) => write(JSON.stringify({ ...now, ...changes }));
  const words = {
    title: now.title,
    content: now.content,
    category: now.category,
    visibility: now.visibility,
    source_url: now.source_url || null,
  };
  const save = (status: "draft" | "published") =>
    void run(async () => {
      const body = { ...words, owner: now.owner || null, review_at: now.review_at || null, status };
      const saved = known
        ? await api.put<Document>(`/api/knowledge/${known.document.id}`, body, known.tag ? { headers: { "if-match": known.tag } } : {})
        : await api.post<Document>("/api/knowledge", body);
      clear();
      say(status === "published" ? "Published: search finds it now." : "Kept as a draft.");
      onSaved(saved);
    });
  const look = () =>
    void run(async () => {
      setPreview(await api.post<Preview>("/api/knowledge/preview", { ...words, document_id: known?.document.id ?? null }));
    });
  const isComplete = now.title.trim() !== "" && now.content.trim() !== "";
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        save("published");
      }}
    >
      <Field title="Title">
        {(id) => <input id={id} required maxLength={300} value={now.title} onInput={(event) => set({ title: event.currentTarget.value })} />}
      </Field>
      <Field title="Content" hint="Markdown; headings cut it into sections that are found one by one.">
        {(id) => (
          <textarea id={id} required rows={16} maxLength={100_000} value={now.content} onInput={(event) => set({ content: event.currentTarget.value })} />
        )}
      </Field>
      <div class="editor-row">
        <Choice title="Category" value={now.category} options={CATEGORIES} onPick={(category) => set({ category })} />
        <Choice title="Visibility" value={now.visibility} options={["public", "internal"]} onPick={(visibility) => set({ visibility })} />
        <Field title="Where customers can read it">
          {(id) => (
            <input id={id} type="url" placeholder="https://…" value={now.source_url} onInput={(event) => set({ source_url: event.currentTarget.value })} />
          )}
        </Field>
        <Field title="Owner">
          {(id) => <input id={id} value={now.owner} placeholder="Nobody" onInput={(event) => set({ owner: event.currentTarget.value })} />}
        </Field>
        <Field title="Look at it again on">
          {(id) => <input id={id} type="date" value={now.review_at} onInput={(event) => set({ review_at: event.currentTarget.value })} />}
        </Field>
      </div>
      <div class="editor-foot">
        <button type="button" class="button" disabled={isBusy || !isComplete} onClick={look}>
          Preview the change
        </button>
        <button type="button" class="button" disabled={isBusy || !isComplete} onClick={() => save("draft")}>
          Keep as draft
        </button>
        <button type="submit" class="button primary" disabled={isBusy || !isComplete}>
          {isBusy ? "One moment…" : "Publish"}
        </button>
      </div>
      {preview && <PreviewDialog of={preview} onClose={() => setPreview(null)} />}
    </form>
  );
}

function written(document: Document | null, question: string | null): Written {
  return {
    title: document?.title ?? question ?? "",
    content: document?.content ?? "",
    category: document?.category ?? "faq",
    visibility: document?.visibility ?? "public",
    source_url: document?.source_url ?? "",
    owner: document?.owner ?? "",
    review_at: document?.review_at ?? "",
  };
}

function Versions({ id, version }: { id: string; version: number }) {
  const { api } = useDesk();
  const [shown, setShown] = useState<number | null>(null);
  const versions = useLoaded<Page<DocumentVersion>>(
    (signal) => api.get(`/api/knowledge/${encodeURIComponent(id)}/versions`, { limit: 100 }, { signal }),
    [id, version],
  );
  return (
    <div class="records">
      <h2>Versions</h2>
      <Shown of={versions}>
        {(page) => (
          <Table
            title="Versions"
            none="No version was published yet"
            columns={["Version", "Title", "Category", "Made"]}
            rows={page.items}
            cells={(one) => [
              <button type="button" class="link" onClick={() => setShown(one.number)}>
                Version {one.number}
              </button>,
              one.title,
              label(one.category),
              <Ago iso={one.created_at} />,
            ]}
          />
        )}
      </Shown>
      {shown !== null && <VersionDialog id={id} version={shown} onClose={() => setShown(null)} />}
    </div>
  );
}
