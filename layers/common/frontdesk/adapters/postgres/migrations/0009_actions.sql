-- What agents propose to change, and do only once the customer has confirmed it.

-- A change of plan that is agreed for the end of the paid period; whoever bills carries it out.
ALTER TABLE subscriptions
    ADD COLUMN next_plan text
        CHECK (next_plan IN ('free', 'starter', 'professional', 'enterprise')),
    ADD COLUMN next_plan_on date,
    ADD CONSTRAINT subscriptions_next_plan CHECK ((next_plan IS NULL) = (next_plan_on IS NULL));

-- The proposal that a reply ends with, as its reader is shown it.
ALTER TABLE messages ADD COLUMN proposed_action jsonb;

CREATE TABLE proposed_actions (
    -- Derived from the task, the kind and the arguments: another argument is another token.
    token text PRIMARY KEY,
    task_id text NOT NULL UNIQUE,
    conversation_id text NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    owner_subject text NOT NULL,
    customer_id text NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN
        ('change_plan', 'cancel_renewal', 'request_refund', 'update_contact')),
    title text NOT NULL,
    effect text NOT NULL,
    arguments jsonb NOT NULL,
    status text NOT NULL DEFAULT 'proposed' CHECK (status IN
        ('proposed', 'confirmed', 'done', 'refused', 'dropped')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- The task that settled it, one way or the other; a task settles one at most.
    settled_by_task text UNIQUE,
    settled_at timestamptz
);
CREATE INDEX proposed_actions_of_conversation ON proposed_actions (conversation_id, created_at);
CREATE INDEX proposed_actions_of_customer ON proposed_actions (customer_id, kind);
-- One refund of an invoice, whatever is confirmed at the same moment elsewhere.
CREATE UNIQUE INDEX proposed_actions_refunds
    ON proposed_actions (customer_id, (arguments ->> 'invoice_number'))
    WHERE kind = 'request_refund' AND status = 'done';

ALTER TABLE proposed_actions ENABLE ROW LEVEL SECURITY;
ALTER TABLE proposed_actions FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON proposed_actions TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY desk_staff ON proposed_actions TO frontdesk_desk
    USING ((SELECT current_setting('frontdesk.staff', true)) = 'on')
    WITH CHECK ((SELECT current_setting('frontdesk.staff', true)) = 'on');

-- The worker proposes in the conversation that it answers, for the customer whose it is, and
-- settles what is not settled yet. What was proposed it cannot alter: see the grants.
CREATE POLICY agent_reads ON proposed_actions FOR SELECT TO frontdesk_agent
    USING (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true))
        OR customer_id = (SELECT current_setting('frontdesk.customer_id', true)));
CREATE POLICY agent_proposes ON proposed_actions FOR INSERT TO frontdesk_agent
    WITH CHECK (status = 'proposed'
        AND conversation_id = (SELECT current_setting('frontdesk.conversation_id', true))
        AND customer_id = (SELECT current_setting('frontdesk.customer_id', true)));
CREATE POLICY agent_settles ON proposed_actions FOR UPDATE TO frontdesk_agent
    USING (status IN ('proposed', 'confirmed')
        AND conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)))
    WITH CHECK (conversation_id = (SELECT current_setting('frontdesk.conversation_id', true)));
GRANT SELECT, INSERT ON proposed_actions TO frontdesk_agent;
GRANT UPDATE (status, settled_by_task, settled_at) ON proposed_actions TO frontdesk_agent;
GRANT SELECT, DELETE ON proposed_actions TO frontdesk_desk;

-- Nothing unconfirmed is written, whatever the worker is talked into: its role may change a
-- customer's own records only beside an action of that kind that is confirmed in the same
-- conversation and not yet done, so within the one transaction that does it.
CREATE POLICY agent_carries_out ON subscriptions FOR UPDATE TO frontdesk_agent
    USING (customer_id = (SELECT current_setting('frontdesk.customer_id', true))
        AND EXISTS (SELECT 1 FROM proposed_actions action
            WHERE action.customer_id = subscriptions.customer_id AND action.status = 'confirmed'
                AND action.kind IN ('change_plan', 'cancel_renewal')
                AND action.conversation_id =
                    (SELECT current_setting('frontdesk.conversation_id', true))));
CREATE POLICY agent_carries_out ON customers FOR UPDATE TO frontdesk_agent
    USING (id = (SELECT current_setting('frontdesk.customer_id', true))
        AND EXISTS (SELECT 1 FROM proposed_actions action
            WHERE action.customer_id = customers.id AND action.status = 'confirmed'
                AND action.kind = 'update_contact'
                AND action.conversation_id =
                    (SELECT current_setting('frontdesk.conversation_id', true))));
GRANT UPDATE (next_plan, next_plan_on, end_date, version, updated_at)
    ON subscriptions TO frontdesk_agent;
GRANT UPDATE (phone, company_name, first_name, last_name, version, updated_at)
    ON customers TO frontdesk_agent;
