/** Whose a conversation is, its tags, and whom it is with. */
import { useEffect, useState } from "preact/hooks";
import type { Conversation } from "../../../shared/model";
import { useDesk } from "../../desk";
import { useAction, useLoaded } from "../../hooks";
import type { Customer } from "../../model";
import { to } from "../../router";
import { Ago, Facts, Field } from "../../ui";

interface Props {
  of: Conversation;
  path: string;
  onChanged(now: Conversation): void;
}

export function Filing({ of, path, onChanged }: Props) {
  const { api, me, say } = useDesk();
  const [run, isBusy] = useAction();
  const [assignee, setAssignee] = useState(of.assigned_to ?? "");
  const [tags, setTags] = useState(of.tags.join(", "));
  // Somebody else may file it meanwhile.
  useEffect(() => setAssignee(of.assigned_to ?? ""), [of.assigned_to]);
  useEffect(() => setTags(of.tags.join(", ")), [of.tags.join(", ")]);
  const file = (changes: Partial<Pick<Conversation, "assigned_to" | "tags">>) =>
    run(async () => {
      onChanged(await api.patch<Conversation>(path, changes));
      say("Filed.");
    });
  const submit = (event: Event) => {
    event.preventDefault();
    void file({
      assigned_to: assignee.trim() || null,
      tags: tags.split(",").map((tag) => tag.trim()).filter(Boolean),
    });
  };
  const isChanged = assignee.trim() !== (of.assigned_to ?? "") || tags !== of.tags.join(", ");
  return (
    <section class="panel" aria-label="Details">
      <h2>Details</h2>
      <Facts
        of={[
          ["Customer", <CustomerName id={of.customer_id} />],
          ["Started", <Ago iso={of.created_at} />],
          ["Messages", of.message_count],
        ]}
      />
      <form class="filing" onSubmit={submit}>
        <Field title="Assigned to">
          {(id) => <input id={id} value={assignee} placeholder="Nobody" onInput={(event) => setAssignee(event.currentTarget.value)} />}
        </Field>
        <Field title="Tags">
          {(id) => <input id={id} value={tags} placeholder="vip, refund" onInput={(event) => setTags(event.currentTarget.value)} />}
        </Field>
        <div class="filing-foot">
          {me.email && of.assigned_to !== me.email && (
            <button type="button" class="button small" disabled={isBusy} onClick={() => void file({ assigned_to: me.email })}>
              Assign to me
            </button>
          )}
          <button type="submit" class="button small" disabled={isBusy || !isChanged}>
            Save
          </button>
        </div>
      </form>
    </section>
  );
}

function CustomerName({ id }: { id: string | null }) {
  const { api } = useDesk();
  const customer = useLoaded<Customer | null>(
    async (signal) => (id ? api.get<Customer>(`/api/customers/${encodeURIComponent(id)}`, {}, { signal }) : null),
    [id],
  );
  if (!id) return <>Guest</>;
  const known = customer.data;
  return <a href={to(["customers", id])}>{known ? `${known.first_name} ${known.last_name}` : "Customer"}</a>;
}
