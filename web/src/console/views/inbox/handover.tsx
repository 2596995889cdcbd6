/** What a person has to know to go on with a conversation, above its messages. */
import { useDesk } from "../../desk";
import { useLoaded } from "../../hooks";
import { ApiError } from "../../../shared/problem";
import { label } from "../../words";

type Packet = Record<string, unknown>;

export function HandoverPacket({ id, revision }: { id: string; revision: string }) {
  const { api } = useDesk();
  const packet = useLoaded<Packet | null>(
    async (signal) => {
      try {
        return await api.get<Packet>(`/api/conversations/${encodeURIComponent(id)}/handover`, {}, { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    [id, revision],
  );
  if (!packet.data) return null;
  return (
    <details class="packet" open>
      <summary>Hand-over</summary>
      <pre>{label(JSON.stringify(packet.data))}</pre>
    </details>
  );
}
