/** Customers: who they are, and everything that belongs to them. */
import type { Page } from "../../shared/api";
import { useDesk } from "../desk";
import { useLoaded } from "../hooks";
import type { Customer } from "../model";
import { type Route, to } from "../router";
import { Ago, Field, Head, Shown, Table } from "../ui";
import { CustomerRecord } from "./customers/customer";

export function Customers({ route }: { route: Route }) {
  const [, id] = route.path;
  return id ? <CustomerRecord key={id} id={id} /> : <CustomerList email={route.query.get("email") ?? ""} />;
}

function CustomerList({ email }: { email: string }) {
  const { api } = useDesk();
  const customers = useLoaded<Page<Customer>>(
    (signal) => api.get("/api/customers", { customer_email: email, limit: 100 }, { signal }),
    [email],
  );
  return (
    <div class="page">
      <Head title="Customers" />
      <form
        class="bar"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          location.hash = to(["customers"], { email: String(new FormData(event.currentTarget).get("email")).trim() });
        }}
      >
        <Field title="E-mail address">{(id) => <input id={id} name="email" type="search" defaultValue={email} key={email} />}</Field>
        <button type="submit" class="button">
          Search
        </button>
      </form>
      <Shown of={customers}>
        {(page) => (
          <Table
            title="Customers"
            none="No customer has this address"
            columns={["Name", "E-mail", "Company", "Since"]}
            rows={page.items}
            cells={(customer) => [
              <a href={to(["customers", customer.id])}>
                {customer.first_name} {customer.last_name}
              </a>,
              customer.email,
              customer.company_name || <span class="soft">None</span>,
              <Ago iso={customer.created_at} />,
            ]}
          />
        )}
      </Shown>
    </div>
  );
}
