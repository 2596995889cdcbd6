import pytest
from ministack.core import iam_evaluator

from localstack.emulator import patches


def test_the_installed_emulator_is_the_one_the_patches_were_written_for() -> None:
    patches.check_version()


def test_any_other_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "version", lambda _: "1.5.34")

    with pytest.raises(patches.EmulatorVersionError, match=r"1\.5\.34"):
        patches.apply()


def test_everything_that_a_patch_replaces_is_there_to_be_replaced() -> None:
    """A typing error in a name would set an attribute that nobody reads."""
    from ministack.core import lambda_runtime
    from ministack.services import apigateway, eventbridge, lambda_svc, s3, sns, sqs
    from ministack.services.cloudformation import (
        changesets,
        engine,
        handlers,
        provisioners,
        stacks,
    )

    for module, names in (
        (lambda_runtime, ("_workers", "_lock", "_worker_key", "_LOCAL_WORKER_TTL")),
        (
            lambda_svc,
            (
                "_execute_function_warm",
                "_sqs_esm_concurrency",
                "_ESM_BACKOFF_SECONDS",
                "_ESM_IDLE_WAKE_GAP_SECONDS",
                "_execute_function_with_config_scope",
                "lambda_execute_result_to_api_proxy_response",
                "_emit_lambda_logs",
                "_poll_sqs",
                "_resolve_layer_zip",
            ),
        ),
        (sqs, ("_queues_lock", "_act_send_message", "_expire_retained", "_dlq_sweep")),
        (sqs, ("_collect_msgs", "_HANDLERS")),
        (s3, ("_deliver_event_to_sqs",)),
        (eventbridge, ("_dispatch_to_sqs",)),
        (provisioners, ("_cw_metric_alarm_record",)),
        *((module, ("_resolve_refs",)) for module in (engine, changesets, handlers, stacks)),
        (sns, ("_deliver_to_sqs",)),
        (apigateway, ("_cors_response_headers", "_cors_preflight_response", "handle_execute")),
    ):
        missing = [name for name in names if not hasattr(module, name)]
        assert not missing, f"{module.__name__} has no {missing}"


def test_an_alarm_on_several_metrics_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    from ministack.services.cloudformation import provisioners

    # given an alarm on the sum of two metrics
    monkeypatch.setattr(
        provisioners, "_cw_metric_alarm_record", provisioners._cw_metric_alarm_record
    )
    metric = {"Namespace": "Frontdesk", "MetricName": "LimiterFailures"}
    several = [
        {"Id": "all", "Expression": "SUM(METRICS())"},
        {"Id": "one", "MetricStat": {"Metric": metric, "Stat": "Sum", "Period": 300}},
        {"Id": "other", "MetricStat": {"Metric": metric, "Stat": "Sum", "Period": 300}},
    ]
    alarm = {"Metrics": several, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}

    # when the emulator is mended
    patches.take_alarms_on_several_metrics()

    # then it makes one of the first
    made = provisioners._cw_metric_alarm_record("alarm", alarm)
    assert (made["MetricName"], made["Statistic"], made["Period"]) == (
        "LimiterFailures",
        "Sum",
        300,
    )


def test_a_reference_to_a_secret_is_its_arn(monkeypatch: pytest.MonkeyPatch) -> None:
    from ministack.services.cloudformation import changesets, engine, handlers, stacks

    # given a secret and a queue that were made
    for module in (engine, changesets, handlers, stacks):
        monkeypatch.setattr(module, "_resolve_refs", engine._resolve_refs)
    made = {
        name: {
            "PhysicalResourceId": f"{name}-1A",
            "ResourceType": kind,
            "Attributes": {"Arn": f"arn:{name}"},
        }
        for name, kind in (("Secret", "AWS::SecretsManager::Secret"), ("Queue", "AWS::SQS::Queue"))
    }

    # when the emulator is mended
    patches.refer_to_secrets_by_arn()

    # then what refers to the secret, at whatever depth, gets its ARN
    statement = {"Resource": [{"Ref": "Secret"}, {"Ref": "Queue"}]}
    resolved = stacks._resolve_refs(statement, made, {}, {}, {}, "stack", "stack-id")
    assert resolved == {"Resource": ["arn:Secret", "Queue-1A"]}


def test_a_star_stands_for_any_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_evaluator, "_fnmatch_compile", iam_evaluator._fnmatch_compile)
    assert not iam_evaluator.fnmatch_iam_cs("CONV#1\n2", "CONV#*")

    patches.let_stars_stand_for_line_ends()

    assert iam_evaluator.fnmatch_iam_cs("CONV#1\n2", "CONV#*")
    assert iam_evaluator.fnmatch_iam_cs("a.b", "?.b")
    assert iam_evaluator.fnmatch_iam("dynamodb:getitem", "dynamodb:Get*")
    for other in ("TASK#CONV#1", "CONV", "conv#1"):
        assert not iam_evaluator.fnmatch_iam_cs(other, "CONV#*")
