"""Domain events in the template: who is told, who may tell, and what becomes of failures."""

import re
from typing import Any

import pytest

from frontdesk.domain.events import EVENTS, SOURCE
from tests.support.template import Template, as_list, reference

PUBLISHERS = {"AgentWorkerRole", "SupportApiRole", "KbIngestRole", "HousekeepingRole"}
TYPES = {kind.model_fields["type"].annotation.__args__[0] for kind in EVENTS}  # type: ignore[union-attr]


def rules(template: Template) -> dict[str, dict[str, Any]]:
    """The rules of the bus, without the schedules."""
    found = template.of_type("AWS::Events::Rule")
    return {name: rule for name, rule in found.items() if "EventPattern" in rule}


def statements_of(policy: dict[str, Any]) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def test_rules_listen_to_events_that_there_are(template: Template) -> None:
    for name, rule in rules(template).items():
        assert reference(rule["EventBusName"]) == "EventBus", name
        assert rule["EventPattern"]["source"] == [SOURCE], name
        assert set(rule["EventPattern"].get("detail-type", [])) <= TYPES, name


def test_staff_are_told_of_all_but_their_own_replies(template: Template) -> None:
    told = {
        kind
        for rule in rules(template).values()
        for target in rule["Targets"]
        if reference(target["Arn"]) == "StaffTopic"
        for kind in rule["EventPattern"]["detail-type"]
    }

    assert told == TYPES - {"conversation.replied"}


def test_every_target_is_tried_for_a_day_and_has_a_dead_letter_queue(template: Template) -> None:
    queues: dict[str, set[str]] = {}
    for name, rule in rules(template).items():
        for target in rule["Targets"]:
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 86_400, name
            assert target["RetryPolicy"]["MaximumRetryAttempts"] == 185, name
            queues.setdefault(reference(target["Arn"]), set()).add(
                reference(target["DeadLetterConfig"]["Arn"])
            )

    assert queues == {
        "StaffTopic": {"StaffDlq"},
        "WebhookDestination": {"WebhookDlq"},
        "MailQueue": {"MailDlq"},
    }


def test_a_mail_that_cannot_be_sent_ends_beside_events_that_cannot_be_delivered(
    template: Template,
) -> None:
    queue = template.of_type("AWS::SQS::Queue")["MailQueue"]

    assert reference(queue["RedrivePolicy"]["deadLetterTargetArn"]) == "MailDlq"


def test_only_the_rules_that_target_it_may_send(template: Template) -> None:
    senders: dict[str, set[str]] = {}
    for rule_name, rule in rules(template).items():
        for target in rule["Targets"]:
            for arn in (target["Arn"], target["DeadLetterConfig"]["Arn"]):
                senders.setdefault(reference(arn), set()).add(rule_name)
    checked = 0
    for policy in template.of_type("AWS::SQS::QueuePolicy").values():
        for statement in statements_of(policy):
            if statement["Principal"] != {"Service": "events.amazonaws.com"}:
                continue
            sources = as_list(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
            for resource in as_list(statement["Resource"]):
                checked += 1
                assert {reference(source) for source in sources} == senders[reference(resource)]

    assert checked == 4


def test_events_reach_the_topic_without_a_condition(template: Template) -> None:
    """EventBridge gives a topic and its key nothing to check one by, so it would refuse all."""
    (policy,) = template.of_type("AWS::SNS::TopicPolicy").values()

    (statement,) = statements_of(policy)

    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert (statement["Action"], reference(statement["Resource"])) == ("sns:Publish", "StaffTopic")
    assert "Condition" not in statement


def test_who_changes_things_may_publish_and_nobody_else(template: Template) -> None:
    granted = {
        (name, reference(statement["Resource"]))
        for name, statement in template.statements()
        if "events:PutEvents" in as_list(statement["Action"])
    }

    assert granted == {(role, "EventBus") for role in PUBLISHERS}


def test_the_webhook_is_posted_to_by_eventbridge_alone(template: Template) -> None:
    (statement,) = [statement for name, statement in template.statements() if name == "WebhookRole"]
    role = template.of_type("AWS::IAM::Role")["WebhookRole"]

    assert as_list(statement["Action"]) == ["events:InvokeApiDestination"]
    assert reference(statement["Resource"]) == "WebhookDestination"
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_what_staff_are_told_is_encrypted_with_a_key_that_events_may_use(
    template: Template,
) -> None:
    topic = template.of_type("AWS::SNS::Topic")["StaffTopic"]
    key = template.of_type("AWS::KMS::Key")[reference(topic["KmsMasterKeyId"])]
    users = [
        statement
        for statement in key["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": "events.amazonaws.com"}
    ]

    assert key["EnableKeyRotation"] is True
    assert [set(statement["Action"]) for statement in users] == [
        {"kms:Decrypt", "kms:GenerateDataKey"}
    ]
    # As for the topic.
    assert all("Condition" not in statement for statement in users)


def test_mails_are_sent_from_one_address_by_one_function(template: Template) -> None:
    ((name, statement),) = [
        (name, statement)
        for name, statement in template.statements()
        if any(action.startswith("ses:") for action in as_list(statement["Action"]))
    ]

    assert name == "NotifierRole"
    identity, default_sets = [resource["Fn::Sub"] for resource in statement["Resource"]]
    assert identity.endswith(":identity/${MailIdentity}")
    assert default_sets.endswith(":configuration-set/*")
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}


@pytest.mark.parametrize(
    ("condition", "parameter"),
    [("TellsStaff", "StaffEmail"), ("TellsWebhook", "WebhookUrl"), ("MailsReplies", "MailFrom")],
)
def test_who_names_nobody_gets_nothing_made(
    condition: str, parameter: str, template: Template
) -> None:
    assert template.document["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]
    }
    conditional = {
        name
        for name, resource in template.resources.items()
        if resource.get("Condition") == condition
    }
    begins = {"TellsStaff": "Staff", "TellsWebhook": "Webhook", "MailsReplies": "(Mail|Notifier)"}
    named = {name for name in template.resources if re.match(begins[condition], name)}
    assert conditional >= named
    assert conditional


def test_secrets_are_not_shown(template: Template) -> None:
    assert template.document["Parameters"]["WebhookSecret"]["NoEcho"] is True


def test_a_reply_waits_no_longer_than_a_queue_can_wait(template: Template) -> None:
    parameter = template.document["Parameters"]["MailAfterSeconds"]

    assert parameter["MaxValue"] == 900
    assert template.of_type("AWS::SQS::Queue")["MailQueue"]["DelaySeconds"] == {
        "Ref": "MailAfterSeconds"
    }
