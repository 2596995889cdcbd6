/** What a document said at some time: what an answer was made from. */
import { Markdown } from "../../../shared/markdown";
import { useDesk } from "../../desk";
import { useLoaded } from "../../hooks";
import type { DocumentVersion } from "../../model";
import { to } from "../../router";
import { Dialog, Shown } from "../../ui";
import { dateTime } from "../../words";

interface Props {
  id: string;
  version: number;
  onClose(): void;
}

export function VersionDialog({ id, version, onClose }: Props) {
  const { api } = useDesk();
  const loaded = useLoaded<DocumentVersion>(
    (signal) => api.get(`/api/knowledge/${encodeURIComponent(id)}/versions/${version}`, {}, { signal }),
    [id, version],
  );
  return (
    <Dialog title={loaded.data ? loaded.data.title : `Version ${version}`} onClose={onClose} isWide>
      <Shown of={loaded}>
        {(one) => (
          <>
            <p class="hint">
              Version {one.number}, as it was from {dateTime(one.created_at)}. <a href={to(["knowledge", id])}>Open the document as it is now</a>
            </p>
            <div class="paper prose">
              <Markdown text={one.content ?? ""} />
            </div>
          </>
        )}
      </Shown>
    </Dialog>
  );
}
