-- What the router has learned from its labelled examples, for the processes that start later.
-- It says nothing about anybody: the examples come with the code.

CREATE TABLE router_models (
    embedding_model text NOT NULL,
    -- Of the examples and the code; old and new code run side by side during a deploy.
    fingerprint text NOT NULL,
    -- NULL while it is being trained.
    content bytea,
    claimed_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (embedding_model, fingerprint)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON router_models TO frontdesk_agent;
