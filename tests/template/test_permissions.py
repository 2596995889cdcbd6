"""What each role may do at most. That it is enough, the tests on a whole stack see: the emulator
holds functions to their roles as deployed. What Lambda does for a function it does not: what polls
queues is held here."""

from typing import Any

import pytest

from tests.support.template import Template, as_list, reference

STARS = {
    # (role or policy, statement): why it cannot name a resource
    ("TracingPolicy", "Trace"): "X-Ray knows no resources for traces",
    ("NetworkPolicy", "Attach"): "the interfaces do not exist before Lambda makes them",
}
# What each function may touch of the one table, by the beginning of an item's key.
ITEMS = {
    "AuthorizerRole": {"KEY#*"},
    "ChatIngestRole": {"TASK#*", "IDEM#*", "CONV#*", "LIMIT#*"},
    "AgentWorkerRole": {"TASK#*", "CONV#*", "BREAKER#*", "LIMIT#*"},
    "StatusRole": {"TASK#*", "CONV#*"},
    "SupportApiRole": {"TASK#*", "CONV#*", "LIMIT#*"},
    "HousekeepingRole": {"TASK#*", "CONV#*", "HOUSEKEEPING#*", "KEY#*", "KEYRING"},
}
# Queries are let into an index that holds nothing but keys, and not into the table.
QUERIES = {
    ("HousekeepingRole", "FindUnfinishedTasks"): "${TasksTable.Arn}/index/unfinished",
    ("SupportApiRole", "FindQueuedMessagesOfWhoIsErased"): "${TasksTable.Arn}/index/unfinished",
}
READ_ONLY = {"AuthorizerRole", "StatusRole"}
# Who reads tasks and closes conversations ends no task.
CLOSING = {
    "SupportApiRole": {
        "dynamodb:UpdateItem": {"CONV#*", "LIMIT#*"},
        # With a customer who is erased.
        "dynamodb:DeleteItem": {"TASK#*", "CONV#*"},
    }
}
SECRETS = {
    "AuthorizerRole": {"GuestTokenSecret"},
    "ChatIngestRole": {"GuestTokenSecret"},
    "AgentWorkerRole": {"AgentDatabaseSecret", "LlmSecret"},
    "SupportApiRole": {"DeskDatabaseSecret", "LlmSecret"},
    "KbIngestRole": {"AgentDatabaseSecret", "LlmSecret"},
    "HousekeepingRole": {"AgentDatabaseSecret"},
    "NotifierRole": {"AgentDatabaseSecret"},
}
# What EventBridge itself needs to call the webhook.
OF_NO_FUNCTION = {"WebhookRole"}
# What Lambda does with a queue that it takes messages from for a function.
POLLING = {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
# Who besides puts off what cannot be done yet.
HIDING = {
    "AgentWorkerFunction": {"sqs:ChangeMessageVisibility"},
    "KbIngestFunction": {"sqs:ChangeMessageVisibility"},
}
LIGHT_ROLES = {"AuthorizerRole", "ChatIngestRole", "StatusRole"}


def actions(statement: dict[str, Any]) -> list[str]:
    return as_list(statement["Action"])


def test_who_is_given_messages_of_a_queue_may_take_them(template: Template) -> None:
    """Lambda takes them with the function's role, and makes no mapping where it may not."""
    mappings = template.of_type("AWS::Lambda::EventSourceMapping")

    assert mappings
    for name, mapping in mappings.items():
        function, queue = reference(mapping["FunctionName"]), reference(mapping["EventSourceArn"])
        granted = {
            action
            for role, statement in template.statements()
            if role == reference(template.functions()[function]["Role"])
            for action in actions(statement)
            if queue in {reference(one) for one in as_list(statement["Resource"])}
        }
        assert granted >= POLLING, name
        assert granted - POLLING == HIDING.get(function, set()), name


def test_no_action_is_a_star(template: Template) -> None:
    assert [
        (name, action)
        for name, statement in template.statements()
        for action in actions(statement)
        if "*" in action
    ] == []


def test_no_resource_is_a_star_without_a_reason(template: Template) -> None:
    stars = {
        (name, statement["Sid"])
        for name, statement in template.statements()
        for resource in as_list(statement["Resource"])
        if resource == "*"
    }

    assert stars == set(STARS)


def test_a_resource_with_a_star_is_a_folder_or_settles_nothing(template: Template) -> None:
    patterns = {
        resource["Fn::Sub"].split(":::")[-1]
        for _, statement in template.statements()
        for resource in as_list(statement["Resource"])
        if "*" in str(resource) and resource != "*"
    }

    # Whose mails are sent is settled by their identity; the sets only say how they are watched.
    sets = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/*"
    documents = "${AWS::StackName}-documents-${AWS::AccountId}-${AWS::Region}/knowledge/*"
    assert patterns == {documents, sets}


def test_nobody_has_a_policy_of_aws(template: Template) -> None:
    attached = {
        policy["Ref"]
        for role in template.of_type("AWS::IAM::Role").values()
        for entry in role.get("ManagedPolicyArns", [])
        for policy in (entry.get("Fn::If", [None, entry])[1],)
    }

    assert attached == {"TracingPolicy", "NetworkPolicy"}


def test_every_function_has_a_role_of_its_own(template: Template) -> None:
    roles = [reference(function["Role"]) for function in template.functions().values()]

    assert sorted(roles) == sorted({*template.of_type("AWS::IAM::Role")} - OF_NO_FUNCTION)
    for function in template.functions().values():
        # Either would add statements that are not written here.
        assert "Policies" not in function


def test_items_of_the_table_are_shared_by_kind(template: Template) -> None:
    granted: dict[str, set[str]] = {}
    for name, statement in template.statements():
        if any(action.startswith("dynamodb:") for action in actions(statement)):
            if (name, statement["Sid"]) in QUERIES:
                continue
            keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            granted.setdefault(name, set()).update(keys)
            # The condition holds for a request without a key as well, which these are.
            assert not {"dynamodb:Scan", "dynamodb:Query"} & set(actions(statement))
            assert reference(statement["Resource"]) == "TasksTable"

    assert granted == ITEMS


def test_an_index_is_queried_where_it_holds_nothing_but_keys(template: Template) -> None:
    queried = {
        (name, statement["Sid"]): reference(statement["Resource"])
        for name, statement in template.statements()
        if {"dynamodb:Scan", "dynamodb:Query"} & set(actions(statement))
    }
    (index,) = template.of_type("AWS::DynamoDB::Table")["TasksTable"]["GlobalSecondaryIndexes"]

    assert queried == QUERIES
    for name, statement in template.statements():
        if (name, statement["Sid"]) in QUERIES:
            assert actions(statement) == ["dynamodb:Query"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_who_only_reads_tasks_cannot_write_them(template: Template) -> None:
    for name, statement in template.statements():
        if name in READ_ONLY:
            written = {action for action in actions(statement) if action.startswith("dynamodb:")}
            assert written <= {"dynamodb:GetItem"}


def test_who_closes_conversations_ends_no_task(template: Template) -> None:
    granted: dict[str, dict[str, set[str]]] = {}
    for name, statement in template.statements():
        if (name, statement["Sid"]) in QUERIES:
            continue
        for action in actions(statement) if name in CLOSING else ():
            if action.startswith("dynamodb:") and action != "dynamodb:GetItem":
                keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
                granted.setdefault(name, {}).setdefault(action, set()).update(keys)

    assert granted == CLOSING


def test_housekeeping_reads_neither_keys_nor_conversations(template: Template) -> None:
    read = {
        key
        for name, statement in template.statements()
        if name == "HousekeepingRole" and "dynamodb:GetItem" in actions(statement)
        for key in statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    }

    assert read == {"TASK#*", "HOUSEKEEPING#*", "KEYRING"}


def test_secrets_are_read_by_those_who_use_them(template: Template) -> None:
    granted: dict[str, set[str]] = {}
    for name, statement in template.statements():
        if "secretsmanager:GetSecretValue" in actions(statement) and name != "DbMigrateRole":
            secrets = {reference(resource) for resource in as_list(statement["Resource"])}
            granted.setdefault(name, set()).update(secrets)

    assert granted == SECRETS


def test_only_migration_writes_secrets_and_only_the_roles_own(template: Template) -> None:
    writers = {
        (name, tuple(reference(resource) for resource in as_list(statement["Resource"])))
        for name, statement in template.statements()
        if "secretsmanager:PutSecretValue" in actions(statement)
    }

    assert writers == {("DbMigrateRole", ("AgentDatabaseSecret", "DeskDatabaseSecret"))}


def test_the_worker_cannot_use_the_desks_role(template: Template) -> None:
    for function in (
        "AgentWorkerFunction",
        "HousekeepingFunction",
        "KbIngestFunction",
        "NotifierFunction",
    ):
        assert template.environment(function)["DATABASE_SECRET_ARN"] == {
            "Ref": "AgentDatabaseSecret"
        }


def test_roles_log_to_their_own_group_only(template: Template) -> None:
    for name, statement in template.statements():
        if any(action.startswith("logs:") for action in actions(statement)):
            assert reference(statement["Resource"]) == name.removesuffix("Role") + "LogGroup"


@pytest.mark.parametrize("role", sorted(LIGHT_ROLES))
def test_light_functions_stay_outside_the_vpc(role: str, template: Template) -> None:
    function = template.functions()[role.removesuffix("Role") + "Function"]

    assert "VpcConfig" not in function
    assert template.of_type("AWS::IAM::Role")[role]["ManagedPolicyArns"] == [
        {"Ref": "TracingPolicy"}
    ]
