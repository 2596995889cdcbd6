"""Queues, stores, functions: what keeps messages and data safe."""

import functools
import json
import operator
import re

import pytest

from frontdesk.limiting import STORE_FAILED
from housekeeping.app import RUNS
from tests.support.template import ROOT, Template, reference

STATEFUL = {
    "AWS::DynamoDB::Table": {"RetainExceptOnCreate"},
    "AWS::S3::Bucket": {"RetainExceptOnCreate"},
    "AWS::RDS::DBInstance": {"Snapshot"},
    "AWS::SQS::Queue": {"Delete"},
    "AWS::SecretsManager::Secret": {"Delete"},
}
QUEUE_OF_MAPPING = {
    "ChatQueueMapping": "ChatQueue",
    "KnowledgeQueueMapping": "KnowledgeQueue",
    "MailQueueMapping": "MailQueue",
}
# The longest that an alarm may look back, and only in periods of an hour or longer.
DAYS_CLOUDWATCH_LOOKS_BACK = 7
# A deploy has old and new functions at once, and people need a connection too.
CONNECTIONS_FOR_PEOPLE = 15


@pytest.mark.parametrize(("mapping", "queue"), QUEUE_OF_MAPPING.items())
def test_a_mapping_reports_failures_one_by_one(
    mapping: str, queue: str, template: Template
) -> None:
    properties = template.of_type("AWS::Lambda::EventSourceMapping")[mapping]

    assert reference(properties["EventSourceArn"]) == queue
    assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert properties["BatchSize"] == 1
    assert "MaximumBatchingWindowInSeconds" not in properties
    assert template.number(properties["ScalingConfig"]["MaximumConcurrency"]) >= 2


@pytest.mark.parametrize("mapping", QUEUE_OF_MAPPING)
def test_a_message_is_invisible_for_six_times_the_functions_timeout(
    mapping: str, template: Template
) -> None:
    properties = template.of_type("AWS::Lambda::EventSourceMapping")[mapping]
    function = template.functions()[reference(properties["FunctionName"])]
    queue = template.of_type("AWS::SQS::Queue")[reference(properties["EventSourceArn"])]

    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    # Throttled messages would go to the DLQ without having been run.
    assert "ReservedConcurrentExecutions" not in function


def test_the_chat_queue_orders_each_conversation_and_no_more(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")

    for name in ("ChatQueue", "ChatDlq"):
        assert queues[name]["FifoQueue"] is True
        assert queues[name]["DeduplicationScope"] == "messageGroup"
        assert queues[name]["FifoThroughputLimit"] == "perMessageGroupId"
    assert reference(queues["ChatQueue"]["RedrivePolicy"]["deadLetterTargetArn"]) == "ChatDlq"
    assert queues["ChatQueue"].get("ContentBasedDeduplication", False) is False


def test_what_is_set_aside_is_kept_longer_than_what_waits(template: Template) -> None:
    queues = template.of_type("AWS::SQS::Queue")

    for queue, dlq in (
        ("ChatQueue", "ChatDlq"),
        ("KnowledgeQueue", "KnowledgeDlq"),
        ("MailQueue", "MailDlq"),
    ):
        assert queues[dlq]["MessageRetentionPeriod"] > queues[queue]["MessageRetentionPeriod"]


def test_deleting_the_stack_keeps_the_data(template: Template) -> None:
    for name, resource in template.resources.items():
        if resource["Type"] in STATEFUL:
            assert resource["DeletionPolicy"] in STATEFUL[resource["Type"]], name
            assert "UpdateReplacePolicy" in resource, name


def test_everything_stored_is_encrypted(template: Template) -> None:
    for name, queue in template.of_type("AWS::SQS::Queue").items():
        assert queue["SqsManagedSseEnabled"] is True, name
    for name, table in template.of_type("AWS::DynamoDB::Table").items():
        assert table["SSESpecification"]["SSEEnabled"] is True, name
    for name, database in template.of_type("AWS::RDS::DBInstance").items():
        assert database["StorageEncrypted"] is True, name
    for name, bucket in template.of_type("AWS::S3::Bucket").items():
        assert bucket["BucketEncryption"], name
    parameters = template.of_type("AWS::RDS::DBParameterGroup")["DatabaseParameters"]["Parameters"]
    assert parameters["rds.force_ssl"] == "1"


def test_the_databases_log_quotes_nobody_and_comes_to_an_end(template: Template) -> None:
    (database,) = template.of_type("AWS::RDS::DBInstance").values()
    parameters = template.of_type("AWS::RDS::DBParameterGroup")["DatabaseParameters"]["Parameters"]

    # With it there are no details, which quote the row that an error is about.
    assert parameters["log_error_verbosity"] == "terse"
    # RDS makes the group itself, and keeps what is in it for good.
    assert "EnableCloudwatchLogsExports" not in database
    assert not {name for name in parameters if name.startswith(("log_statement", "log_min_dur"))}


def test_everything_stored_comes_to_an_end_or_is_kept_on_purpose(template: Template) -> None:
    for name, queue in template.of_type("AWS::SQS::Queue").items():
        assert 0 < queue["MessageRetentionPeriod"] <= 14 * 24 * 3600, name
    for name, table in template.of_type("AWS::DynamoDB::Table").items():
        assert table["TimeToLiveSpecification"]["Enabled"] is True, name
    for name, bucket in template.of_type("AWS::S3::Bucket").items():
        if "VersioningConfiguration" in bucket:
            # A deleted document's former versions go as well, some time.
            rules = bucket["LifecycleConfiguration"]["Rules"]
            assert any("NoncurrentVersionExpiration" in rule for rule in rules), name
    for name, database in template.of_type("AWS::RDS::DBInstance").items():
        assert database["BackupRetentionPeriod"], name


def test_the_tasks_table_expires_recovers_and_has_a_sparse_index(template: Template) -> None:
    table = template.of_type("AWS::DynamoDB::Table")["TasksTable"]

    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "unfinished"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["unfinished", "created_at"]


def test_documents_are_private_versioned_and_queued(template: Template) -> None:
    bucket = template.of_type("AWS::S3::Bucket")["DocumentsBucket"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
    notifications = bucket["NotificationConfiguration"]["QueueConfigurations"]
    assert {entry["Event"] for entry in notifications} == {
        "s3:ObjectCreated:*",
        "s3:ObjectRemoved:*",
    }
    for entry in notifications:
        assert reference(entry["Queue"]) == "KnowledgeQueue"
        assert entry["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "knowledge/"}]


def test_pages_may_put_documents_and_nothing_else(template: Template) -> None:
    bucket = template.of_type("AWS::S3::Bucket")["DocumentsBucket"]
    (rule,) = bucket["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedMethods"] == ["PUT"]
    assert reference(rule["AllowedOrigins"]) == "AllowedOrigins"


def test_only_our_bucket_may_queue_events(template: Template) -> None:
    policy = template.of_type("AWS::SQS::QueuePolicy")["KnowledgeQueuePolicy"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    bucket = template.of_type("AWS::S3::Bucket")["DocumentsBucket"]["BucketName"]["Fn::Sub"]

    source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"]

    assert source.endswith(f":::{bucket}")
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"]


def test_every_function_says_what_it_needs(template: Template) -> None:
    assert template.document["Globals"]["Function"]["Runtime"] == "python3.13"
    assert template.document["Globals"]["Function"]["Tracing"] == "Active"
    assert template.document["Parameters"]["Architecture"]["Default"] == "arm64"
    for name, function in template.functions().items():
        assert "MemorySize" in function, name
        assert "Timeout" in function, name
        assert template.resources[name]["Metadata"] == {"BuildMethod": "makefile"}, name


def test_functions_behind_the_api_end_before_the_gateway_gives_up(template: Template) -> None:
    for name in ("ChatIngestFunction", "StatusFunction", "SupportApiFunction"):
        assert template.functions()[name]["Timeout"] < 30
    assert template.functions()["AuthorizerFunction"]["Timeout"] <= 10


def test_every_function_logs_to_a_group_with_an_end(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup")

    for name, function in template.functions().items():
        group = groups[reference(function["LoggingConfig"]["LogGroup"])]
        assert group["LogGroupName"]["Fn::Sub"] == (
            "/aws/lambda/" + function["FunctionName"]["Fn::Sub"]
        ), name
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_schedules_ask_for_what_housekeeping_does(template: Template) -> None:
    rules = {
        name: rule
        for name, rule in template.of_type("AWS::Events::Rule").items()
        if "ScheduleExpression" in rule
    }
    asked = {}
    for name, rule in rules.items():
        (target,) = rule["Targets"]
        assert reference(target["Arn"]) == "HousekeepingFunction"
        asked[json.loads(target["Input"])["action"]] = rule["ScheduleExpression"]
        permission = template.of_type("AWS::Lambda::Permission")[f"{name}Permission"]
        assert reference(permission["SourceArn"]) == name
        assert permission["Principal"] == "events.amazonaws.com"

    assert asked == {
        "tasks": "rate(5 minutes)",
        "documents": "rate(15 minutes)",
        "events": "rate(5 minutes)",
        "retention": "rate(1 day)",
    }


def test_housekeeping_gives_up_when_the_queue_has_forgotten(template: Template) -> None:
    kept = template.of_type("AWS::SQS::Queue")["ChatQueue"]["MessageRetentionPeriod"]

    days = template.environment("HousekeepingFunction")["CHAT_QUEUE_DAYS"]

    assert int(days) * 24 * 3600 == kept


def test_the_functions_together_leave_connections_free(template: Template) -> None:
    """Each execution of a function that uses the database holds one connection."""
    functions = template.functions()
    caps = {
        reference(mapping["FunctionName"]): template.number(
            mapping["ScalingConfig"]["MaximumConcurrency"]
        )
        for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values()
    }
    for name, function in functions.items():
        if "ReservedConcurrentExecutions" in function:
            caps[name] = function["ReservedConcurrentExecutions"]["Fn::If"][1]
    # It runs once a deploy, behind a lock.
    caps["DbMigrateFunction"] = 1
    users = [name for name, function in functions.items() if "VpcConfig" in function]
    parameters = template.of_type("AWS::RDS::DBParameterGroup")["DatabaseParameters"]["Parameters"]

    needed = 2 * sum(caps[name] for name in users) + CONNECTIONS_FOR_PEOPLE

    assert len(users) == 6
    assert needed <= template.number(parameters["max_connections"])


def test_new_code_waits_for_its_schema(template: Template) -> None:
    for name, function in template.functions().items():
        uses_schema = "VpcConfig" in function and name != "DbMigrateFunction"
        assert (template.resources[name].get("DependsOn") == "Migration") is uses_schema, name
    # The layer holds the migrations: another version of it runs them again.
    properties = template.resources["Migration"]["Properties"]
    assert properties["Code"] == {"Ref": "CommonLayer"}


def test_migration_waits_for_every_way_out_of_the_vpc(template: Template) -> None:
    kinds = ("Route", "SubnetRouteTableAssociation")
    ways = {name for kind in kinds for name in template.of_type(f"AWS::EC2::{kind}")}

    _, network, _ = template.resources["Migration"]["Properties"]["Network"]["Fn::If"]

    # The table's endpoint alone is not needed for it.
    assert {reference(entry) for entry in network} == ways | {"S3Endpoint"}


def test_vpc_and_database_are_made_only_where_none_is_brought(template: Template) -> None:
    kinds = re.compile(r"^AWS::(EC2|RDS)::")

    for name, resource in template.resources.items():
        if kinds.match(resource["Type"]):
            assert resource.get("Condition") == "MakeDatabase", name


def test_each_alarm_tells_somebody(template: Template) -> None:
    watched = {
        reference(dimension["Value"])
        for metrics in template.alarmed().values()
        for metric in metrics
        for dimension in metric["Dimensions"]
        if isinstance(dimension["Value"], dict)
    }

    queues = {"ChatQueue", "ChatDlq", "KnowledgeDlq", "StaffDlq", "WebhookDlq", "MailDlq"}
    assert {*template.functions(), *queues, "HttpApi", "Database"} == watched
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("AWS::CloudFront::Function", ()),
        ("AWS::CloudFront::OriginAccessControl", ("OriginAccessControlConfig",)),
        ("AWS::CloudFront::ResponseHeadersPolicy", ("ResponseHeadersPolicyConfig",)),
        ("AWS::CloudWatch::Dashboard", ()),
        ("AWS::S3::Bucket", ()),
    ],
)
def test_stacks_of_one_name_in_two_regions_are_not_in_each_others_way(
    kind: str, where: tuple[str, ...], template: Template
) -> None:
    """Names of these kinds are the account's, or the world's, in all regions."""
    found = template.of_type(kind)
    for name, properties in found.items():
        inner = functools.reduce(operator.getitem, where, properties)
        for key in {"Name", "DashboardName", "BucketName"} & set(inner):
            assert "${AWS::Region}" in inner[key]["Fn::Sub"], name

    assert found


def test_a_database_made_here_is_watched_before_it_refuses(template: Template) -> None:
    watched = {
        metric["MetricName"]: name
        for name, metrics in template.alarmed().items()
        for metric in metrics
        if metric["Namespace"] == "AWS/RDS"
    }

    assert set(watched) == {"CPUUtilization", "DatabaseConnections", "FreeStorageSpace"}
    assert {template.resources[name]["Condition"] for name in watched.values()} == {"MakeDatabase"}
    # Of as many as the parameter allows, not of a number that it may leave behind.
    (told,) = (
        one
        for one in template.resources["DatabaseConnectionsAlarm"]["Properties"]["Metrics"]
        if one.get("ReturnData", True)
    )
    assert told["Expression"] == {"Fn::Sub": "100 * taken / ${DatabaseConnections}"}
    assert template.number({"Ref": "DatabaseConnections"}) > 0


def test_only_housekeeping_has_to_be_heard_of(template: Template) -> None:
    """Whatever else is silent has nothing to do; it runs by the clock, and mends the others."""
    heard = {
        name: alarm["MetricName"]
        for name, alarm in template.of_type("AWS::CloudWatch::Alarm").items()
        if alarm["TreatMissingData"] != "notBreaching"
    }

    assert heard == {
        "HousekeepingStoppedAlarm": "OldestUnfinishedTask",
        "UnpublishedEventsAlarm": "OldestUnpublishedEvent",
        "DocumentsStoppedAlarm": "DocumentComparisons",
        "RetentionStoppedAlarm": "RetentionRuns",
    }
    stopped = template.resources["HousekeepingStoppedAlarm"]["Properties"]
    assert (stopped["Statistic"], stopped["ComparisonOperator"]) == (
        "SampleCount",
        "LessThanThreshold",
    )
    # Longer than from one run to the next, or it would ring in between.
    every = {
        "HousekeepingStoppedAlarm": ("TasksSchedule", "rate(5 minutes)", 300),
        "UnpublishedEventsAlarm": ("EventsSchedule", "rate(5 minutes)", 300),
        "DocumentsStoppedAlarm": ("DocumentsSchedule", "rate(15 minutes)", 900),
        "RetentionStoppedAlarm": ("RetentionSchedule", "rate(1 day)", 86_400),
    }
    # Each schedule has one, so that none can stop unheard.
    rules = template.of_type("AWS::Events::Rule")
    assert {rule for rule, _, _ in every.values()} == {
        name for name, rule in rules.items() if "ScheduleExpression" in rule
    }
    for name in heard:
        rule, expression, seconds = every[name]
        assert rules[rule]["ScheduleExpression"] == expression
        alarm = template.resources[name]["Properties"]
        assert alarm["TreatMissingData"] == "breaching"
        heard_for = alarm["Period"] * alarm["EvaluationPeriods"]
        assert seconds < heard_for <= DAYS_CLOUDWATCH_LOOKS_BACK * 86_400
        if heard_for > 86_400:
            assert alarm["Period"] >= 3_600


def test_each_schedule_counts_its_runs(template: Template) -> None:
    actions = {
        json.loads(target["Input"])["action"]
        for rule in template.of_type("AWS::Events::Rule").values()
        for target in rule["Targets"]
        if "ScheduleExpression" in rule
    }
    assert actions == set(RUNS)
    for name in ("DocumentsStoppedAlarm", "RetentionStoppedAlarm"):
        alarm = template.resources[name]["Properties"]
        assert alarm["MetricName"] in RUNS.values()
        assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 1)
        assert alarm["ComparisonOperator"] == "LessThanThreshold"


def test_who_holds_callers_to_limits_is_heard_when_it_cannot_count(template: Template) -> None:
    limiting = {
        path.parent.name
        for path in (ROOT / "functions").glob("*/app.py")
        if "Limiter(" in path.read_text()
    }
    metrics = template.alarmed()["LimiterFailuresAlarm"]

    services = {metric["Dimensions"][0]["Value"] for metric in metrics}

    assert services == limiting
    assert {metric["MetricName"] for metric in metrics} == {STORE_FAILED}
    [told] = [
        one
        for one in template.resources["LimiterFailuresAlarm"]["Properties"]["Metrics"]
        if one.get("ReturnData", True)
    ]
    assert told["Expression"] == "SUM(METRICS())"


def test_each_alarm_has_a_page_of_what_to_do(template: Template) -> None:
    folder = ROOT / "docs" / "operations"
    index = (folder / "README.md").read_text()
    pages = {
        name: re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Alarm")).lower() + ".md"
        for name in template.of_type("AWS::CloudWatch::Alarm")
    }

    for alarm, page in pages.items():
        text = (folder / page).read_text()
        assert text.startswith(f"# {alarm}: ")
        assert f"| `{alarm}` |" in index
        assert f"]({page})" in index
        for part in ("**What it means.**", "**First look.**", "**What to do.**"):
            assert part in text, page
    told_of = {
        path.name for path in folder.glob("*.md") if re.match(r"# \w+Alarm: ", path.read_text())
    }
    assert told_of == set(pages.values())
    assert set(re.findall(r"^\| `(\w+)` \|", index, re.MULTILINE)) == set(pages)
