import pytest

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
        (sns, ("_deliver_to_sqs",)),
        (apigateway, ("_cors_response_headers", "_cors_preflight_response", "handle_execute")),
    ):
        missing = [name for name in names if not hasattr(module, name)]
        assert not missing, f"{module.__name__} has no {missing}"
