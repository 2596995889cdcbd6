/** The knowledge base: documents, drafts to review, gaps, uploads, and what search finds. */
import { type Route, to } from "../router";
import { Head, Tabs } from "../ui";
import { DocumentPage } from "./knowledge/document";
import { DocumentList } from "./knowledge/documents";
import { Gaps } from "./knowledge/gaps";
import { TestSearch } from "./knowledge/search";
import { Uploads } from "./knowledge/upload";

const PARTS = {
  documents: "Documents",
  drafts: "Drafts to review",
  gaps: "Gaps",
  search: "Test search",
  upload: "Upload",
} as const;
type Part = keyof typeof PARTS;

export function Knowledge({ route }: { route: Route }) {
  const [, id] = route.path;
  if (id === "new") return <DocumentPage key="new" id={null} question={route.query.get("question")} />;
  if (id) return <DocumentPage key={id} id={id} question={null} />;
  const asked = route.query.get("part") ?? "";
  const part: Part = asked in PARTS ? (asked as Part) : "documents";
  return (
    <div class="page">
      <Head title="Knowledge">
        <a class="button primary" href={to(["knowledge", "new"])}>
          New document
        </a>
      </Head>
      <Tabs
        title="Parts of the knowledge base"
        current={part}
        tabs={Object.entries(PARTS).map(([name, text]) => ({ name, text, href: to(["knowledge"], { part: name }) }))}
      />
      {part === "documents" && <DocumentList status={route.query.get("status") ?? ""} />}
      {part === "drafts" && <DocumentList status="draft" isReview />}
      {part === "gaps" && <Gaps />}
      {part === "search" && <TestSearch />}
      {part === "upload" && <Uploads />}
    </div>
  );
}
