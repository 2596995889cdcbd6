"""OpenAI's forms of an answer: whole, streamed, and of an error."""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from localstack.offline_model.embedding import Embedder
from localstack.offline_model.requests import ChatRequest
from localstack.offline_model.tool_choice import WantedCall

MESSAGE_OVERHEAD = 4
"""Tokens that a message costs besides its text, as chat formats do."""

type FinishReason = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True)
class Reply:
    """What the model says: a text, or tools to call."""

    text: str | None = None
    calls: tuple[WantedCall, ...] = ()


class Completion:
    """A reply in OpenAI's forms."""

    def __init__(self, request: ChatRequest, reply: Reply, embedder: Embedder) -> None:
        """Counts the tokens and gives everything its identifier.

        Args:
            request: What was asked.
            reply: What is answered.
            embedder: Counts tokens.
        """
        # The same request gets the same identifiers, so that runs can be compared.
        self._key = hashlib.sha256(request.model_dump_json().encode()).hexdigest()
        self._model = request.model
        self._created = int(time.time())
        self._text, cut = _within(reply.text, request, embedder)
        self._calls = [self._call(index, call) for index, call in enumerate(reply.calls)]
        self._finish: FinishReason = "tool_calls" if self._calls else ("length" if cut else "stop")
        prompt = _prompt_tokens(request, embedder)
        answer = embedder.count_tokens(self._text or "") + sum(
            embedder.count_tokens(call.name + call.arguments_json) for call in reply.calls
        )
        self._usage = {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }

    def whole(self) -> dict[str, Any]:
        """Returns the answer as one object."""
        message: dict[str, Any] = {
            "role": "assistant",
            "content": self._text,
            "refusal": None,
            "annotations": [],
        }
        if self._calls:
            message["tool_calls"] = self._calls
        return self._envelope("chat.completion") | {
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "logprobs": None,
                    "finish_reason": self._finish,
                }
            ],
            "usage": self._usage,
        }

    def streamed(self, *, include_usage: bool) -> Iterator[str]:
        """Yields the answer as server-sent events.

        Args:
            include_usage: Whether an event with the token counts comes last.
        """
        usage = {"usage": None} if include_usage else {}
        for delta, finish in self._deltas():
            yield _event(
                self._envelope("chat.completion.chunk")
                | {
                    "choices": [
                        {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
                    ]
                }
                | usage
            )
        if include_usage:
            yield _event(
                self._envelope("chat.completion.chunk") | {"choices": [], "usage": self._usage}
            )
        yield "data: [DONE]\n\n"

    def _deltas(self) -> Iterator[tuple[dict[str, Any], FinishReason | None]]:
        yield {"role": "assistant", "content": None if self._calls else "", "refusal": None}, None
        for piece in re.findall(r"\s*\S+\s*", self._text or ""):
            yield {"content": piece}, None
        for index, call in enumerate(self._calls):
            function = call["function"]
            opening = {**call, "index": index, "function": {**function, "arguments": ""}}
            yield {"tool_calls": [opening]}, None
            rest = {"index": index, "function": {"arguments": function["arguments"]}}
            yield {"tool_calls": [rest]}, None
        yield {}, self._finish

    def _envelope(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self._key[:29]}",
            "object": kind,
            "created": self._created,
            "model": self._model,
            "service_tier": "default",
            "system_fingerprint": "fp_frontdesk",
        }

    def _call(self, index: int, call: WantedCall) -> dict[str, Any]:
        identity = hashlib.sha256(f"{self._key}/{index}".encode()).hexdigest()
        return {
            "id": f"call_{identity[:24]}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments_json},
        }


def error_body(
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
) -> dict[str, Any]:
    """Returns an error in OpenAI's form.

    Args:
        message: What went wrong.
        kind: OpenAI's `type`.
        param: The field that is wrong.
        code: OpenAI's `code`.
    """
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _within(text: str | None, request: ChatRequest, embedder: Embedder) -> tuple[str | None, bool]:
    limit = request.max_completion_tokens or request.max_tokens
    if text is None or limit is None or embedder.count_tokens(text) <= limit:
        return text, False
    pieces = re.findall(r"\s*\S+", text)
    while pieces and embedder.count_tokens("".join(pieces)) > limit:
        pieces.pop()
    return "".join(pieces), True


def _prompt_tokens(request: ChatRequest, embedder: Embedder) -> int:
    parts: list[str] = [message.content or "" for message in request.messages]
    parts += [
        call.function.name + call.function.arguments
        for message in request.messages
        for call in message.tool_calls or ()
    ]
    parts += [json.dumps(tool.function.model_dump()) for tool in request.tools]
    if request.response_format and request.response_format.json_schema:
        parts.append(json.dumps(request.response_format.json_schema.schema_))
    return sum(map(embedder.count_tokens, parts)) + MESSAGE_OVERHEAD * len(request.messages)


def _event(payload: Sequence[Any] | dict[str, Any]) -> str:
    return f"data: {json.dumps(payload, ensure_ascii=False)}\n\n"
