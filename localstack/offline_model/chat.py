"""The chat model: classifies, asks for tools, or answers from what they found."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from localstack.offline_model.answering import answer
from localstack.offline_model.classifier import Classifier
from localstack.offline_model.completion import Reply
from localstack.offline_model.conversation import Conversation, read
from localstack.offline_model.embedding import Embedder
from localstack.offline_model.requests import ChatRequest, FunctionSpec, Message, NamedToolChoice
from localstack.offline_model.routing import LABELS, Route, route
from localstack.offline_model.schema_filling import (
    Choice,
    Filler,
    UnsupportedSchemaError,
    choose_by_meaning,
)
from localstack.offline_model.slips import as_meant
from localstack.offline_model.tool_choice import WantedCall, forced_call, wanted_calls

CHAT_MODEL = "frontdesk-offline"
"""The name in the list of models; a chat request may use any other, and gets it back."""


class BadRequestError(ValueError):
    """The request breaks OpenAI's rules."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True)
class ChatModel:
    """Answers chat requests; the same request always gets the same answer."""

    classifier: Classifier
    embedder: Embedder

    def reply(self, request: ChatRequest) -> Reply:
        """Answers one request.

        Args:
            request: Messages, tools, and the form that the answer must have.

        Raises:
            BadRequestError: The messages or the schema cannot be right.
        """
        check_order(request.messages)
        tools = [tool.function for tool in request.tools]
        conversation = self._read(request)
        found = route(conversation, self.classifier)
        calls = self._calls(request, tools, conversation, found)
        if calls:
            return Reply(calls=tuple(calls[:1] if request.parallel_tool_calls is False else calls))
        wanted = request.response_format
        if wanted is None or wanted.type == "text":
            return Reply(text=answer(conversation, found, self.embedder))
        if wanted.type == "json_object":
            return Reply(text=_json({"answer": answer(conversation, found, self.embedder)}))
        if wanted.json_schema is None:
            raise BadRequestError("json_schema is missing", param="response_format.json_schema")
        try:
            filled = self._filled(wanted.json_schema.schema_, conversation, found)
        except UnsupportedSchemaError as exc:
            raise BadRequestError(str(exc), param="response_format.json_schema.schema") from exc
        return Reply(text=_json(filled))

    def _read(self, request: ChatRequest) -> Conversation:
        conversation = read(request.messages, request.tools)
        # What stands in a passage is no slip: names of products are like other words by chance.
        known = {**conversation.found_words, **self.classifier.words}
        meant = as_meant(conversation.question, known, self.embedder)
        return replace(conversation, question=meant)

    def _calls(
        self,
        request: ChatRequest,
        tools: Sequence[FunctionSpec],
        conversation: Conversation,
        found: Route,
    ) -> list[WantedCall]:
        choice = request.tool_choice
        if isinstance(choice, NamedToolChoice):
            named = [tool for tool in tools if tool.name == choice.function.name]
            if not named:
                raise BadRequestError(
                    f"tool {choice.function.name!r} is not among the tools", param="tool_choice"
                )
            return [self._forced(conversation, named[0], found)]
        if choice == "none" or not tools:
            if choice == "required":
                raise BadRequestError("tool_choice needs tools", param="tool_choice")
            return []
        calls = wanted_calls(conversation, tools, found, self.embedder)
        if not calls and choice == "required":
            return [self._forced(conversation, tools[0], found)]
        return calls

    def _forced(self, conversation: Conversation, tool: FunctionSpec, found: Route) -> WantedCall:
        schema = tool.parameters or {}
        enums = [set(p.get("enum") or ()) for p in schema.get("properties", {}).values()]
        if any(values and values <= LABELS for values in enums):
            # A client that asks for the route by way of a tool.
            return WantedCall(tool.name, self._filled(schema, conversation, found))
        return forced_call(conversation, tool, self.embedder)

    def _filled(self, schema: dict[str, Any], conversation: Conversation, found: Route) -> Any:
        def choose(name: str, values: Sequence[Any]) -> Choice:
            if set(values) <= set(found.probabilities):
                return _among(found, values)
            return choose_by_meaning(conversation.topic, name, values, self.embedder)

        return Filler(text=conversation.question, choose=choose, copied={}).fill(schema)


def check_order(messages: Sequence[Message]) -> None:
    """Holds messages to OpenAI's rule that each tool call is answered, and nothing else is.

    Raises:
        BadRequestError: A tool message answers no call, or a call has no answer.
    """
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        if message.role == "tool":
            if message.tool_call_id not in waiting:
                raise BadRequestError(
                    "messages with role 'tool' must be a response to a preceding message with "
                    "'tool_calls'",
                    param=f"messages.[{index}].role",
                )
            waiting.discard(message.tool_call_id)
            continue
        if waiting:
            break
        if message.role != "assistant" and message.content is None:
            raise BadRequestError(
                f"a message of role {message.role!r} needs content",
                param=f"messages.[{index}].content",
            )
        waiting = {call.id for call in message.tool_calls or ()}
    if waiting:
        raise BadRequestError(
            "an assistant message with 'tool_calls' must be followed by tool messages responding "
            f"to each 'tool_call_id'; without response: {', '.join(sorted(waiting))}",
            param="messages",
        )


def _among(found: Route, values: Sequence[Any]) -> Choice:
    """The route, chosen from those that are allowed."""
    total = sum(found.probabilities[value] for value in values) or 1.0
    best = max(values, key=lambda value: found.probabilities[value])
    return Choice(best, round(found.probabilities[best] / total, 4), found.reasoning)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
