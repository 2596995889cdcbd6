-- Records, conversations, turns and audit, with row level security from the first day.
--
-- Two roles use the database and own nothing in it, so that no policy can be passed by:
--   frontdesk_agent  the worker and knowledge ingest: sees one conversation and one customer,
--                    those that its transaction names, and has no staff policy at all
--   frontdesk_desk   the support API: sees what its caller may see; everything for staff
-- A transaction says for whom it runs with set_config(name, value, is_local => true):
--   frontdesk.conversation_id   frontdesk.customer_id   frontdesk.subject   frontdesk.staff
-- Nothing set, no rows. Whoever runs the migrations keeps full access by a policy of its own,
-- because FORCE subjects owners too and the owner of a managed database is no superuser.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['frontdesk_agent', 'frontdesk_desk'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', role_name);
        EXCEPTION
            -- Two databases of one cluster may be migrated at the same moment.
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END
$$;

CREATE TABLE customers (
    id text PRIMARY KEY,
    email text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    company_name text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    metadata jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));
CREATE INDEX customers_listing ON customers (created_at DESC, id DESC);

CREATE TABLE subscriptions (
    id text PRIMARY KEY,
    customer_id text NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    plan text NOT NULL CHECK (plan IN ('free', 'starter', 'professional', 'enterprise')),
    status text NOT NULL CHECK (status IN ('trial', 'active', 'past_due', 'cancelled')),
    billing_cycle text NOT NULL CHECK (billing_cycle IN ('monthly', 'yearly')),
    price numeric(12, 2) NOT NULL CHECK (price >= 0),
    currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    seats integer NOT NULL DEFAULT 1 CHECK (seats > 0),
    features text[] NOT NULL DEFAULT '{}',
    start_date date NOT NULL,
    end_date date,
    trial_end_date date,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX subscriptions_of_customer ON subscriptions (customer_id, start_date DESC);
CREATE INDEX subscriptions_listing ON subscriptions (created_at DESC, id DESC);

CREATE TABLE invoices (
    id text PRIMARY KEY,
    -- SET NULL: the law wants invoices kept when a customer is erased.
    customer_id text REFERENCES customers (id) ON DELETE SET NULL,
    subscription_id text REFERENCES subscriptions (id) ON DELETE SET NULL,
    invoice_number text NOT NULL UNIQUE,
    status text NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'overdue', 'void')),
    amount numeric(12, 2) NOT NULL,
    tax numeric(12, 2) NOT NULL DEFAULT 0,
    total numeric(12, 2) NOT NULL,
    currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
    due_date date NOT NULL,
    paid_date date,
    description text NOT NULL DEFAULT '',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX invoices_of_customer ON invoices (customer_id, due_date DESC);
CREATE INDEX invoices_listing ON invoices (created_at DESC, id DESC);

CREATE TABLE conversations (
    id text PRIMARY KEY,
    owner_subject text NOT NULL,
    customer_id text REFERENCES customers (id) ON DELETE SET NULL,
    contact_email text,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    handler text NOT NULL DEFAULT 'ai' CHECK (handler IN ('ai', 'human')),
    waiting_for text CHECK (waiting_for IN ('staff', 'customer')),
    waiting_since timestamptz,
    subject text NOT NULL DEFAULT '',
    language text,
    last_agent text CHECK (last_agent IN ('faq', 'order', 'escalation')),
    assigned_to text,
    tags text[] NOT NULL DEFAULT '{}',
    previous_conversation_id text REFERENCES conversations (id) ON DELETE SET NULL,
    message_count integer NOT NULL DEFAULT 0,
    -- Moved by messages, status and handler only: a turn commits at the version it has read.
    version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz
);
CREATE INDEX conversations_of_owner ON conversations (owner_subject, created_at DESC, id DESC);
CREATE INDEX conversations_of_customer ON conversations (customer_id, created_at DESC, id DESC);
CREATE INDEX conversations_listing ON conversations (created_at DESC, id DESC);
CREATE INDEX conversations_waiting ON conversations (waiting_since, id)
    WHERE waiting_for IS NOT NULL;

CREATE TABLE messages (
    id text PRIMARY KEY,
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    position bigint GENERATED ALWAYS AS IDENTITY,
    role text NOT NULL CHECK (role IN ('customer', 'assistant', 'staff')),
    content text NOT NULL,
    agent text CHECK (agent IN ('faq', 'order', 'escalation')),
    task_id text,
    author_subject text,
    citations jsonb NOT NULL DEFAULT '[]',
    internal boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- A task has one question and at most one reply, however often it is delivered.
    UNIQUE (task_id, role)
);
CREATE INDEX messages_of_conversation ON messages (conversation_id, position);

CREATE TABLE turns (
    id text PRIMARY KEY,
    task_id text NOT NULL UNIQUE,
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    status text NOT NULL CHECK (status IN ('completed', 'failed', 'handed_off')),
    agent text CHECK (agent IN ('faq', 'order', 'escalation')),
    degraded boolean NOT NULL DEFAULT false,
    -- What was published, so that it can be published again, and what staff may look into.
    result jsonb NOT NULL,
    trace jsonb NOT NULL DEFAULT '{}',
    llm_calls integer NOT NULL DEFAULT 0,
    input_tokens integer NOT NULL DEFAULT 0,
    output_tokens integer NOT NULL DEFAULT 0,
    cost_usd numeric(12, 6) NOT NULL DEFAULT 0,
    duration_ms integer NOT NULL DEFAULT 0,
    feedback_rating text CHECK (feedback_rating IN ('up', 'down')),
    feedback_comment text,
    feedback_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX turns_of_conversation ON turns (conversation_id, created_at);
CREATE INDEX turns_by_time ON turns (created_at);

CREATE TABLE tickets (
    id text PRIMARY KEY,
    number text NOT NULL UNIQUE,
    owner_subject text,
    customer_id text REFERENCES customers (id) ON DELETE SET NULL,
    contact_email text,
    conversation_id text REFERENCES conversations (id) ON DELETE SET NULL,
    subject text NOT NULL,
    description text NOT NULL,
    category text NOT NULL CHECK (category IN
        ('billing', 'technical', 'account', 'feature_request', 'bug_report', 'other')),
    priority text NOT NULL DEFAULT 'medium' CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    status text NOT NULL DEFAULT 'open' CHECK (status IN
        ('open', 'in_progress', 'waiting', 'resolved', 'closed')),
    assigned_to text,
    tags text[] NOT NULL DEFAULT '{}',
    expected_response_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tickets_of_owner ON tickets (owner_subject, created_at DESC, id DESC);
CREATE INDEX tickets_of_customer ON tickets (customer_id, created_at DESC, id DESC);
CREATE INDEX tickets_of_conversation ON tickets (conversation_id);
CREATE INDEX tickets_listing ON tickets (created_at DESC, id DESC);

CREATE TABLE ticket_comments (
    id text PRIMARY KEY,
    ticket_id text NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    position bigint GENERATED ALWAYS AS IDENTITY,
    -- The task whose effect this comment is, once.
    task_id text UNIQUE,
    author_subject text,
    role text NOT NULL CHECK (role IN ('customer', 'assistant', 'staff')),
    content text NOT NULL,
    internal boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ticket_comments_of_ticket ON ticket_comments (ticket_id, position);

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    actor_kind text NOT NULL,
    actor_subject text,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text,
    customer_id text,
    correlation_id text,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_by_time ON audit_log (occurred_at DESC, id DESC);
CREATE INDEX audit_log_of_customer ON audit_log (customer_id, occurred_at DESC);

-- The only way from an e-mail address to a customer. The callers pass an address that an issuer
-- verified, or that a member of staff or a service named; what a customer typed never gets here.
CREATE FUNCTION resolve_customer(p_email text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT id FROM customers WHERE lower(email) = lower(p_email) $$;
REVOKE ALL ON FUNCTION resolve_customer(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_customer(text) TO frontdesk_agent, frontdesk_desk;

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['customers', 'subscriptions', 'invoices', 'conversations',
            'messages', 'turns', 'tickets', 'ticket_comments', 'audit_log'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)',
            table_name);
        EXECUTE format($policy$CREATE POLICY desk_staff ON %I TO frontdesk_desk
            USING ((SELECT current_setting('frontdesk.staff', true)) = 'on')
            WITH CHECK ((SELECT current_setting('frontdesk.staff', true)) = 'on')$policy$, table_name);
    END LOOP;
END
$$;

-- Account records: the customer that the transaction names, to read.
CREATE POLICY own_account ON customers FOR SELECT TO frontdesk_agent, frontdesk_desk
    USING (id = (SELECT current_setting('frontdesk.customer_id', true)));
CREATE POLICY own_account ON subscriptions FOR SELECT TO frontdesk_agent, frontdesk_desk
    USING (customer_id = (SELECT current_setting('frontdesk.customer_id', true)));
CREATE POLICY own_account ON invoices FOR SELECT TO frontdesk_agent, frontdesk_desk
    USING (customer_id = (SELECT current_setting('frontdesk.customer_id', true)));

-- Conversations: the worker has the one it answers; a caller of the API has its own.
CREATE POLICY agent_one ON conversations TO frontdesk_agent
    USING (id = (SELECT current_setting('frontdesk.conversation_id', true)))
    WITH CHECK (id = (SELECT current_setting('frontdesk.conversation_id', true)));
CREATE POLICY agent_one ON messages TO frontdesk_agent
    USING (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)))
    WITH CHECK (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)));
CREATE POLICY agent_one ON turns TO frontdesk_agent
    USING (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)))
    WITH CHECK (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)));

CREATE POLICY own ON conversations TO frontdesk_desk
    USING (owner_subject = (SELECT current_setting('frontdesk.subject', true)))
    WITH CHECK (owner_subject = (SELECT current_setting('frontdesk.subject', true)));
CREATE POLICY own ON messages FOR SELECT TO frontdesk_desk
    USING (NOT internal AND conversation_id IN (SELECT id FROM conversations
        WHERE owner_subject = (SELECT current_setting('frontdesk.subject', true))));
CREATE POLICY own ON turns TO frontdesk_desk
    USING (conversation_id IN (SELECT id FROM conversations
        WHERE owner_subject = (SELECT current_setting('frontdesk.subject', true))));

-- Tickets: those of the conversation, of the caller, or of the caller's customer record.
CREATE POLICY agent_own ON tickets FOR SELECT TO frontdesk_agent
    USING (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true))
        OR owner_subject = (SELECT current_setting('frontdesk.subject', true))
        OR customer_id = (SELECT current_setting('frontdesk.customer_id', true)));
CREATE POLICY agent_writes ON tickets FOR INSERT TO frontdesk_agent
    WITH CHECK (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true))
        AND (customer_id IS NULL
            OR customer_id = (SELECT current_setting('frontdesk.customer_id', true))));
CREATE POLICY agent_updates ON tickets FOR UPDATE TO frontdesk_agent
    USING (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)))
    WITH CHECK (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)));
CREATE POLICY own ON tickets FOR SELECT TO frontdesk_desk
    USING (owner_subject = (SELECT current_setting('frontdesk.subject', true))
        OR customer_id = (SELECT current_setting('frontdesk.customer_id', true)));
CREATE POLICY agent_own ON ticket_comments TO frontdesk_agent
    USING (ticket_id IN (SELECT id FROM tickets))
    WITH CHECK (ticket_id IN (SELECT id FROM tickets WHERE conversation_id =
        (SELECT current_setting('frontdesk.conversation_id', true))));
CREATE POLICY own ON ticket_comments FOR SELECT TO frontdesk_desk
    USING (NOT internal AND ticket_id IN (SELECT id FROM tickets));

-- The audit log is written by both and read by staff; nobody changes it.
CREATE POLICY writes ON audit_log FOR INSERT TO frontdesk_agent, frontdesk_desk WITH CHECK (true);

GRANT USAGE ON SCHEMA public TO frontdesk_agent, frontdesk_desk;
GRANT SELECT ON customers, subscriptions, invoices TO frontdesk_agent;
GRANT SELECT, INSERT, UPDATE ON conversations TO frontdesk_agent;
GRANT SELECT, INSERT ON messages, turns, ticket_comments TO frontdesk_agent;
GRANT SELECT, INSERT ON tickets TO frontdesk_agent;
GRANT UPDATE (priority, version, updated_at) ON tickets TO frontdesk_agent;
GRANT INSERT ON audit_log TO frontdesk_agent;
GRANT SELECT, INSERT, UPDATE, DELETE ON customers, subscriptions, invoices, conversations, messages,
    turns, tickets, ticket_comments TO frontdesk_desk;
GRANT SELECT, INSERT ON audit_log TO frontdesk_desk;
