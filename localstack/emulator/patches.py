"""What we mend in the emulator, by replacing functions of it: each with the reason.

Everything here leans on the inside of one exact version, so any other is refused.
"""

# ruff: noqa: SLF001

import contextvars
import functools
import json
import re
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from localstack.emulator.functions import FunctionError, FunctionPool, FunctionProcess

EMULATOR_VERSION = "1.5.33"

source_ip: contextvars.ContextVar[str] = contextvars.ContextVar("source_ip", default="127.0.0.1")
"""The address that the request being served came from."""

_IDLE_WAKE_GAP_SECONDS = 0.001
_WARM_SECONDS = 300.0


class EmulatorVersionError(RuntimeError):
    """The installed emulator is not the one that the patches were written for."""


def check_version() -> None:
    """Makes sure that the emulator is the version whose inside we know.

    Raises:
        EmulatorVersionError: It is another one.
    """
    found = version("ministack")
    if found != EMULATOR_VERSION:
        raise EmulatorVersionError(
            f"ministack {found!r} is installed, and localstack/emulator/patches.py was written for "
            f"{EMULATOR_VERSION}: run 'make setup', or go through every patch and then change it"
        )


def apply() -> None:
    """Applies every patch. To be called once, before the emulator serves."""
    check_version()
    run_functions_in_clean_processes()
    deliver_fifo_groups_side_by_side()
    keep_queues_whole()
    understand_cors_of_cloudformation()
    tell_where_requests_come_from()
    answer_failures_as_aws_does()
    keep_no_cloudwatch_logs()
    take_alarms_on_several_metrics()
    refer_to_secrets_by_arn()
    let_stars_stand_for_line_ends()


def run_functions_in_clean_processes() -> None:
    """Gives functions processes of our own.

    The emulator's have its own Python, see its packages, inherit its environment, end with an
    exception, and wait 50 ms whenever they log nothing.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    FunctionProcess.layer_archive = staticmethod(lambda_svc._resolve_layer_zip)

    pool = FunctionPool(lambda_runtime._workers, lambda_runtime._lock)

    def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        config = func.get("config") or func
        lambda_svc._ensure_reaper_thread()
        name = config["FunctionName"]
        key = lambda_runtime._worker_key(name, config, config.get("Version", "$LATEST"))
        process = pool.lease(key, name, config, func["code_zip"])
        try:
            answer = process.invoke(
                event,
                request_id,
                config["FunctionArn"],
                lambda_svc._xray_trace_id_for_invocation(config),
            )
        except FunctionError as error:
            print(f"{name}: {error}", flush=True)
            body = {"errorMessage": str(error), "errorType": error.type_name}
            return {"body": body, "error": True, "log": ""}
        finally:
            pool.release(key, process)
        if "error" in answer:
            return {"body": answer["error"], "error": True, "log": ""}
        return {"body": answer["result"], "log": ""}

    lambda_runtime._LOCAL_WORKER_TTL = _WARM_SECONDS
    lambda_svc._execute_function_warm = execute


def deliver_fifo_groups_side_by_side() -> None:
    """Lets FIFO mappings run as many batches at a time as their MaximumConcurrency says.

    The emulator runs one. Its queue never hands out a message of a group that has one in flight,
    so order holds. It also stops a whole mapping for a second after a failed batch: what failed
    stays invisible for its visibility timeout, and other groups have nothing to do with it.
    """
    from ministack.services import lambda_svc

    def concurrency(
        esm: dict[str, Any],
        func_rec: dict[str, Any],
        config: dict[str, Any],
        _queue: dict[str, Any] | None = None,
    ) -> int:
        scaling = esm.get("ScalingConfig") or {}
        limit = scaling.get("MaximumConcurrency") or lambda_svc._ESM_SQS_DEFAULT_CONCURRENCY
        reserved = lambda_svc._reserved_concurrency(func_rec, config)
        return int(limit if reserved is None else min(limit, reserved))

    lambda_svc._sqs_esm_concurrency = concurrency
    lambda_svc._ESM_BACKOFF_SECONDS = 0.0
    # A wake that found nothing delays the next one: 50 ms, and every finished batch is such a wake.
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = _IDLE_WAKE_GAP_SECONDS


def keep_queues_whole() -> None:
    """Has everything that touches a queue's list of messages take the lock that guards it.

    The poller's threads replace the list under that lock, and sending does not take it: a message
    sent in that moment would be lost.
    """
    from ministack.services import eventbridge, s3, sns, sqs

    lock = threading.RLock()
    sqs._queues_lock = lock

    def locked(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with lock:
                return function(*args, **kwargs)

        return run

    for action, function in list(sqs._HANDLERS.items()):
        if action != "ReceiveMessage":  # It waits; what it calls is locked below.
            sqs._HANDLERS[action] = locked(function)
    for module, names in (
        (sqs, ("_act_send_message", "_expire_retained", "_dlq_sweep", "_collect_msgs")),
        (s3, ("_deliver_event_to_sqs",)),
        (eventbridge, ("_dispatch_to_sqs",)),
        (sns, ("_deliver_to_sqs",)),
    ):
        for name in names:
            setattr(module, name, locked(getattr(module, name)))


def understand_cors_of_cloudformation() -> None:
    """Reads CorsConfiguration with the capital keys that CloudFormation gives it.

    The emulator looks for others, and so ignores it.
    """
    from ministack.services import apigateway

    def lower_first(config: dict[str, Any] | None) -> dict[str, Any]:
        return {key[:1].lower() + key[1:]: value for key, value in (config or {}).items()}

    for name in ("_cors_response_headers", "_cors_preflight_response"):
        original = getattr(apigateway, name)

        def with_lower_keys(
            cors_cfg: dict[str, Any], origin: str, original: Callable[..., Any] = original
        ) -> Any:
            return original(lower_first(cors_cfg), origin)

        setattr(apigateway, name, with_lower_keys)


def tell_where_requests_come_from() -> None:
    """Puts the caller's address into events of the HTTP API, which limits by address need.

    The emulator says 127.0.0.1 whoever calls.
    """
    from ministack.services import lambda_svc

    original = lambda_svc._execute_function_with_config_scope

    def execute(func: dict[str, Any], event: Any) -> Any:
        if isinstance(event, dict) and event.get("version") == "2.0":
            http = event.get("requestContext", {}).get("http")
            if http is not None:
                http["sourceIp"] = source_ip.get()
        return original(func, event)

    lambda_svc._execute_function_with_config_scope = execute


def answer_failures_as_aws_does() -> None:
    """Answers for a function that crashed with 500 and no details, as AWS does.

    The emulator says 502, and why.
    """
    from ministack.services import lambda_svc

    original = lambda_svc.lambda_execute_result_to_api_proxy_response

    def respond(result: dict[str, Any]) -> Any:
        if result.get("throttle"):
            return _gateway_error(503, "Service Unavailable"), None
        if result.get("error"):
            return _gateway_error(500, "Internal Server Error"), None
        return original(result)

    lambda_svc.lambda_execute_result_to_api_proxy_response = respond


def _gateway_error(status: int, message: str) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": message}),
    }


def keep_no_cloudwatch_logs() -> None:
    """Keeps no logs in the emulator's memory: they are files here.

    It would make a log stream for every invocation, and remove none.
    """
    from ministack.services import lambda_svc

    def emit(*_args: Any, **_kwargs: Any) -> None:
        return None

    lambda_svc._emit_lambda_logs = emit


def take_alarms_on_several_metrics() -> None:
    """Makes an alarm on an expression one on the first metric in it.

    The emulator would refuse it, and with it the stack. Nothing rings here: functions tell their
    figures in logs.
    """
    from ministack.services.cloudformation import provisioners

    original = provisioners._cw_metric_alarm_record

    def record(name: str, props: dict[str, Any]) -> Any:
        several = [one["MetricStat"] for one in props.get("Metrics") or () if "MetricStat" in one]
        if several:
            first = several[0]
            metric = {"Statistic": first["Stat"], "Period": first["Period"], **first["Metric"]}
            props = {**props, **metric, "Metrics": None}
        return original(name, props)

    provisioners._cw_metric_alarm_record = record


def refer_to_secrets_by_arn() -> None:
    """Has a Ref to a secret be its ARN, as policies need it.

    The emulator's is its name, which no policy allows anything on.
    """
    from ministack.services.cloudformation import changesets, engine, handlers, stacks

    original = engine._resolve_refs

    def resolve(value: Any, resources: dict[str, Any], *rest: Any) -> Any:
        if isinstance(value, dict) and "Ref" in value:
            made = resources.get(value["Ref"], {})
            arn = (made.get("Attributes") or {}).get("Arn")
            if arn and made.get("ResourceType") == "AWS::SecretsManager::Secret":
                return arn
        return original(value, resources, *rest)

    # It calls itself by its name in the first of them.
    for module in (engine, changesets, handlers, stacks):
        module._resolve_refs = resolve


def let_stars_stand_for_line_ends() -> None:
    """Has a star of a policy stand for any characters.

    The emulator's stands for none that ends a line, as a key or an object's name may have.
    """
    from ministack.core import iam_evaluator

    @functools.cache
    def compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
        parts = {"*": ".*", "?": "."}
        regex = "".join(parts.get(one) or re.escape(one) for one in pattern)
        return re.compile(rf"{regex}\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))

    iam_evaluator._fnmatch_compile = compiled


def forget_processes() -> list[FunctionProcess]:
    """Takes all processes of functions out of the emulator's books, and returns them."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    lambda_svc._poll_sqs = lambda: False
    with lambda_runtime._lock:
        processes = [process for pool in lambda_runtime._workers.values() for process in pool]
        lambda_runtime._workers.clear()
    return processes


def start_ahead(function_names: list[str]) -> None:
    """Starts one process of each function, side by side, so that its first caller need not wait.

    Args:
        function_names: Physical names; unknown ones are passed over.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    pool = FunctionPool(lambda_runtime._workers, lambda_runtime._lock)

    def start(name: str, func: dict[str, Any]) -> None:
        config = func["config"]
        key = lambda_runtime._worker_key(name, config, config.get("Version", "$LATEST"))
        process = pool.lease(key, name, config, func["code_zip"])
        try:
            process.start()
        except FunctionError as error:
            print(f"{name}: {error}", flush=True)
        finally:
            pool.release(key, process)

    records = {key[-1]: func for key, func in list(lambda_svc._functions._data.items())}
    for name in function_names:
        if records.get(name, {}).get("code_zip"):
            threading.Thread(target=start, args=(name, records[name]), daemon=True).start()
