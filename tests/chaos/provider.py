"""A model provider that answers by rules of its own, and fails as real ones do.

`Provider.in_place` puts it where the HTTP client's transport is, so that the SDK and the adapter
on it are real. `ChatPort` and `EmbeddingPort` are the same provider at the ports: the SDK costs
more than the rest of a turn, and a run of ten thousand messages is not about it.
"""

import hashlib
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import httpx2

from frontdesk.domain.errors import (
    ModelOutputError,
    ModelRefusedError,
    ModelUnavailableError,
)
from frontdesk.domain.model import (
    Completion,
    OutputSchema,
    PromptMessage,
    ToolCall,
    ToolSpec,
)
from tests.chaos.faults import Faults, ModelFault
from tests.chaos.kernel import pass_point

BASE_URL = "http://model.example/v1"
DIMENSIONS = 64
TICKET_TOOL = "create_support_ticket"
CONTACT_TOOL = "propose_contact_update"
_PHONE = re.compile(r"\+[\d ]+\d")


class Provider:
    """Answers chat completions and embeddings.

    Args:
        faults: What goes wrong.
        sleep: Lets simulated time pass.
        on_fault: Told what became of a call for an answer that went wrong.
    """

    def __init__(
        self,
        faults: Faults,
        sleep: Callable[[float], None],
        on_fault: Callable[[ModelFault], None],
    ) -> None:
        self.is_down = False
        self.embeddings_are_down = False
        self.asked = 0
        self.asked_while_down = 0
        self._faults = faults
        self.sleep = sleep
        self._on_fault = on_fault
        self._seconds = random.Random(f"{faults.seed}/latency")
        self._answers = 0

    def in_place(self) -> AbstractContextManager[object]:
        """Puts the provider where the network would be."""
        provider = self

        def handle(_: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
            pass_point("model asked")
            response = provider.respond(request)
            pass_point("model answered")
            return response

        return patch.object(httpx2.HTTPTransport, "handle_request", handle)

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        """Answers one request."""
        body = json.loads(request.read())
        patience = float(request.extensions["timeout"]["read"])
        if request.url.path.endswith("/embeddings"):
            return self._embed(request, body, patience)
        fault = self.fault()
        if fault is not None:
            return self._fail(request, fault, patience)
        self.think(patience)
        return _completion(request, self._message(body))

    def fault(self) -> ModelFault | None:
        """Counts a call, and says what becomes of it."""
        self.asked += 1
        if self.is_down:
            self.asked_while_down += 1
            return ModelFault.TIMED_OUT
        fault = self._faults.model()
        if fault is not None:
            self._on_fault(fault)
        return fault

    def think(self, patience: float) -> None:
        """Takes its time for an answer."""
        self.sleep(min(patience, self._seconds.uniform(0.2, 1.5)))

    def _embed(
        self, request: httpx2.Request, body: Mapping[str, Any], patience: float
    ) -> httpx2.Response:
        if self.cannot_embed():
            return _refusal(request, 503)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        data = [
            {"object": "embedding", "index": index, "embedding": vector_of(text)}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        content = {"object": "list", "model": body["model"], "data": data, "usage": usage}
        return httpx2.Response(200, json=content, request=request)

    def cannot_embed(self) -> bool:
        """Tells whether a call for embeddings fails; it takes its time."""
        self.sleep(0.03)
        return self.is_down or self.embeddings_are_down or self._faults.strikes("model")

    def _message(self, body: Mapping[str, Any]) -> dict[str, Any]:
        tools = {tool["function"]["name"] for tool in body.get("tools", ())}
        return self.answer(body["messages"], tools, routes="response_format" in body)

    def answer(
        self, said: Sequence[Mapping[str, Any]], tools: set[str], *, routes: bool
    ) -> dict[str, Any]:
        """Makes a message of the model's.

        Args:
            said: The prompt, as the API has it.
            tools: The names of the tools that are offered.
            routes: True where a route is asked for.
        """
        last = max(i for i, message in enumerate(said) if message["role"] == "user")
        intent = _intent(said[last]["content"])
        if routes:
            route = {"agent": intent, "confidence": 0.9, "reasoning": "By its mark."}
            return _saying(json.dumps(route))
        called = {
            call["function"]["name"]
            for message in said[last:]
            for call in message.get("tool_calls") or ()
        }
        if TICKET_TOOL in tools - called:
            return _calling(TICKET_TOOL, json.dumps(_TICKET))
        phone = _PHONE.search(said[last]["content"])
        if phone is not None and CONTACT_TOOL in tools - called:
            return _calling(CONTACT_TOOL, json.dumps({"phone": phone[0]}))
        self._answers += 1
        return _saying(f"Reply {self._answers}: it is in the guide [1].")

    def _fail(self, request: httpx2.Request, fault: ModelFault, patience: float) -> httpx2.Response:
        match fault:
            case ModelFault.TIMED_OUT:
                self.sleep(patience)
                raise httpx2.ReadTimeout("no answer", request=request)
            case ModelFault.CUT:
                self.sleep(0.3)
                raise httpx2.RemoteProtocolError("cut", request=request)
            case ModelFault.REFUSED_CONNECTION:
                raise httpx2.ConnectError("refused", request=request)
        self.sleep(0.2)
        chance = self._faults.source("model")
        answers: dict[ModelFault, Callable[[], httpx2.Response]] = {
            ModelFault.THROTTLED: lambda: _refusal(request, 429, code="rate_limit_exceeded"),
            ModelFault.THROTTLED_FOR_SECONDS: lambda: _refusal(
                request, 429, headers={"retry-after": str(chance.choice([1, 3, 30]))}
            ),
            ModelFault.QUOTA: lambda: _refusal(request, 429, code="insufficient_quota"),
            ModelFault.BROKEN: lambda: _refusal(request, chance.choice([500, 502, 503])),
            ModelFault.NOT_JSON: lambda: httpx2.Response(200, text="<html/>", request=request),
            ModelFault.EMPTY: lambda: _completion(request, _saying("")),
            ModelFault.REFUSAL: lambda: _completion(request, _saying(None) | {"refusal": "No."}),
            ModelFault.UNKNOWN_TOOL: lambda: _completion(request, _calling("drop_all", "{}")),
            ModelFault.MALFORMED_CALL: lambda: _completion(
                request, _calling(TICKET_TOOL, '{"subject": "unfinished')
            ),
        }
        return answers[fault]()


@dataclass(frozen=True, slots=True)
class ChatPort:
    """The provider's chat as `frontdesk.ports.ChatModel`; fails as the adapter on it does."""

    provider: Provider

    def complete(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        output: OutputSchema | None = None,
        timeout: float,
    ) -> Completion:
        """Asks the model once."""
        pass_point("model asked")
        fault = self.provider.fault()
        if fault is None:
            self.provider.think(timeout)
            said = self.provider.answer(
                [_as_said(message) for message in messages],
                {tool.name for tool in tools},
                routes=output is not None,
            )
        else:
            said = self._fail(fault, timeout)
        pass_point("model answered")
        calls = said.get("tool_calls") or ()
        return Completion(
            content=said["content"] or "",
            tool_calls=tuple(_tool_call(call) for call in calls),
            model="gpt-4.1-mini-2025-04-14",
            input_tokens=100,
            output_tokens=20,
        )

    def _fail(self, fault: ModelFault, patience: float) -> dict[str, Any]:
        self.provider.sleep(patience if fault is ModelFault.TIMED_OUT else 0.2)
        match fault:
            case ModelFault.NOT_JSON:
                raise ModelOutputError("not a completion")
            case ModelFault.REFUSAL:
                raise ModelRefusedError("the model refused")
            case ModelFault.EMPTY:
                return _saying("")
            case ModelFault.UNKNOWN_TOOL:
                return _calling("drop_all", "{}")
            case ModelFault.MALFORMED_CALL:
                return _calling(TICKET_TOOL, '{"subject": "unfinished')
        wait = 3.0 if fault is ModelFault.THROTTLED_FOR_SECONDS else None
        raise ModelUnavailableError(
            fault, retry_after=wait, retryable=fault is not ModelFault.QUOTA
        )


@dataclass(frozen=True, slots=True)
class EmbeddingPort:
    """The provider's embeddings as `frontdesk.ports.Embedder`."""

    provider: Provider
    model: str

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        """Embeds texts, in order."""
        if self.provider.cannot_embed():
            raise ModelUnavailableError("503")
        return [vector_of(text) for text in texts]


def _as_said(message: PromptMessage) -> dict[str, Any]:
    return {
        "role": message.role,
        "content": message.content,
        "tool_calls": [{"function": {"name": call.name}} for call in message.tool_calls],
    }


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    function = call["function"]
    try:
        arguments = json.loads(function["arguments"])
    except ValueError:
        arguments = None
    return ToolCall(id=call["id"], name=function["name"], arguments=arguments)


_TICKET = {
    "subject": "A person is wanted",
    "description": "The sender asks for a person.",
    "category": "other",
    "priority": "high",
}


def vector_of(text: str) -> list[float]:
    """A vector that points the same way for texts with the same words."""
    vector = [0.0] * DIMENSIONS
    for word in text.lower().split():
        vector[hashlib.sha256(word.strip(".,?!").encode()).digest()[0] % DIMENSIONS] += 1.0
    return vector


def _intent(text: str) -> str:
    return next((name for name in ("escalation", "order") if f"[{name}]" in text), "faq")


def _saying(content: str | None) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def _calling(name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    calls = [{"id": "call_1", "type": "function", "function": function}]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def _completion(request: httpx2.Request, message: dict[str, Any]) -> httpx2.Response:
    content = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }
    return httpx2.Response(200, json=content, request=request)


def _refusal(
    request: httpx2.Request,
    status: int,
    *,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx2.Response:
    error = {"message": "The provider says no.", "type": "error", "param": None, "code": code}
    return httpx2.Response(
        status, json={"error": error}, headers=dict(headers or {}), request=request
    )
