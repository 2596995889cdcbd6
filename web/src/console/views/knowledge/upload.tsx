/** Files straight to the S3 drop, until search finds them or somebody is told why not. */
import { useState } from "preact/hooks";
import { type Api, sleep } from "../../../shared/api";
import { reason, useDesk } from "../../desk";
import { Icon } from "../../icons";
import { CATEGORIES, type DocumentItem, type Upload } from "../../model";
import { to } from "../../router";
import { Choice, State } from "../../ui";
import { count, share } from "../../words";

const POLL_MS = 700;
/** What takes longer than this shows up in the list of documents. */
const MOST_POLLS = 120;
const MOST_DOCUMENTS = 2000;
const FORMATS = ".md,.txt,.html,.htm,.pdf,.docx,.csv";

interface Sending {
  number: number;
  name: string;
  size: number;
  state: "uploading" | "reading" | "done" | "failed";
  /** 0 to 1. */
  sent: number;
  document: DocumentItem | null;
  problem: string | null;
}

export function Uploads() {
  const { api, say } = useDesk();
  const [category, setCategory] = useState("");
  const [visibility, setVisibility] = useState("public");
  const [sendings, setSendings] = useState<Sending[]>([]);
  const [isOver, setOver] = useState(false);
  const change = (number: number, changes: Partial<Sending>) =>
    setSendings((before) => before.map((one) => (one.number === number ? { ...one, ...changes } : one)));

  const take = (files: FileList | null) => {
    Array.from(files ?? []).forEach((file, place) => {
      const number = Date.now() + place;
      const sending: Sending = { number, name: file.name, size: file.size, state: "uploading", sent: 0, document: null, problem: null };
      setSendings((before) => [sending, ...before]);
      void deliver(api, file, { category: category || null, visibility }, (changes) => change(number, changes)).then(
        (document) => {
          change(number, { state: document.status === "failed" ? "failed" : "done", document, problem: document.failure_reason });
          if (document.status !== "failed") say(`${file.name} is found by search now.`);
        },
        (error: unknown) => change(number, { state: "failed", problem: reason(error) ?? "The session has ended." }),
      );
    });
  };

  return (
    <div class="uploads">
      <div class="bar">
        <Choice title="Category" value={category} options={CATEGORIES} any="As the file says" onPick={setCategory} />
        <Choice title="Visibility" value={visibility} options={["public", "internal"]} onPick={setVisibility} />
      </div>
      <label
        class={isOver ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files ?? null);
        }}
      >
        <Icon name="upload" />
        <span>
          Choose files or drop them here
          <span class="soft">Markdown, text, HTML, PDF, DOCX, CSV. A file of the same name is replaced.</span>
        </span>
        <input
          type="file"
          multiple
          accept={FORMATS}
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </label>
      <ul class="sendings" aria-label="Uploads">
        {sendings.map((one) => (
          <li key={one.number} class="card">
            <p class="card-top">
              <strong>{one.name}</strong>
              {one.state === "done" && one.document ? <State value={one.document.status} /> : <span class="soft">{STATES[one.state]}</span>}
            </p>
            {one.state === "uploading" && (
              <progress aria-label={`Upload of ${one.name}`} max={1} value={one.sent}>
                {share(one.sent)}
              </progress>
            )}
            {one.state === "reading" && <progress aria-label={`Reading ${one.name}`} />}
            {one.problem && <p class="why">{one.problem}</p>}
            <p class="soft">
              {count(one.size)} bytes
              {one.document && (
                <>
                  {" · "}
                  <a href={to(["knowledge", one.document.id])}>Open the document</a>
                </>
              )}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}

const STATES = { uploading: "Uploading", reading: "Being read", done: "Done", failed: "Failed" };

/** Uploads a file, and waits until it was read. */
async function deliver(
  api: Api,
  file: File,
  wanted: { category: string | null; visibility: string },
  tell: (changes: Partial<Sending>) => void,
): Promise<DocumentItem> {
  const upload = await api.post<Upload>("/api/knowledge/uploads", { filename: file.name, size: file.size, ...wanted });
  const before = await documentOf(api, upload.key);
  await put(file, upload, (sent) => tell({ sent }));
  tell({ state: "reading", sent: 1 });
  for (let poll = 0; poll < MOST_POLLS; poll++) {
    const now = await documentOf(api, upload.key);
    if (now && now.updated_at !== before?.updated_at && now.status !== "draft") return now;
    await sleep(POLL_MS);
  }
  throw new Error("It is not read yet. It will show up among the documents.");
}

async function documentOf(api: Api, key: string): Promise<DocumentItem | null> {
  const documents = await api.all<DocumentItem>("/api/knowledge", {}, MOST_DOCUMENTS);
  return documents.find(({ source_key }) => source_key === key) ?? null;
}

/** Sends a file to S3; only XMLHttpRequest tells how far it is. */
function put(file: File, upload: Upload, onProgress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(upload.method, upload.url);
    for (const [name, value] of Object.entries(upload.headers)) {
      // The browser says itself how long the body is.
      if (name.toLowerCase() !== "content-length") request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Error(`The upload was refused (${request.status}).`));
    request.onerror = () => reject(new Error("The upload was cut off. Please try again."));
    request.send(file);
  });
}
