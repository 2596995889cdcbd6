"""The server as its clients see it: openai and langchain-openai over HTTP."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import httpx
import numpy as np
import pytest
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from openai import BadRequestError, NotFoundError, OpenAI
from pydantic import BaseModel, Field, SecretStr

from localstack.offline_model.chat import CHAT_MODEL
from localstack.offline_model.embedding import DIMENSIONS, EMBEDDING_MODEL, LocalEmbedder
from tests.support.offline_model import (
    ACCOUNT_TOOLS,
    ROUTE_FORMAT,
    SEARCH,
    a_system,
    a_user,
    tool_round,
)

pytestmark = pytest.mark.integration

PASSAGES = json.dumps(
    {
        "passages": [
            {
                "number": 1,
                "title": "Refund policy",
                "section": "Refunds",
                "content": "Yearly plans can be refunded within 30 days. "
                "Refunds take 5 to 10 business days.",
                "source_url": None,
            }
        ]
    }
)


class Route(BaseModel):
    """Where a message goes."""

    agent: Literal["faq", "order", "escalation", "out_of_scope"]
    confidence: float = Field(ge=0, le=1)
    reasoning: str


def a_chat_model(base_url: str, **options: Any) -> ChatOpenAI:
    return ChatOpenAI(
        model="gpt-4.1-mini",
        base_url=base_url,
        api_key=SecretStr("none"),
        temperature=0.7,
        max_retries=0,
        timeout=30,
        **options,
    )


def chat(client: OpenAI, *messages: Any, **options: Any) -> Any:
    return client.chat.completions.create(model="gpt-4.1-mini", messages=messages, **options)


def test_models_are_listed_and_found(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [CHAT_MODEL, EMBEDDING_MODEL]
    assert client.models.retrieve(EMBEDDING_MODEL).object == "model"
    with pytest.raises(NotFoundError):
        client.models.retrieve("gpt-99")


def test_embeddings_are_the_models_own_in_both_encodings(
    client: OpenAI, base_url: str, embedder: LocalEmbedder
) -> None:
    # Given
    texts = ["How do I get a refund?", "Where is my invoice?"]
    expected = embedder.embed(texts)

    # When: the client asks for base64 by itself
    answer = client.embeddings.create(model=EMBEDDING_MODEL, input=texts)
    floats = client.embeddings.create(model=EMBEDDING_MODEL, input=texts, encoding_format="float")
    raw = httpx.post(
        f"{base_url}/embeddings",
        json={"model": EMBEDDING_MODEL, "input": texts[0], "encoding_format": "base64"},
    ).json()

    # Then
    assert np.allclose([item.embedding for item in answer.data], expected, atol=1e-6)
    assert np.allclose([item.embedding for item in floats.data], expected, atol=1e-6)
    decoded = np.frombuffer(base64.b64decode(raw["data"][0]["embedding"]), dtype="<f4")
    assert decoded.shape == (DIMENSIONS,)
    assert answer.usage.prompt_tokens == sum(map(embedder.count_tokens, texts))


def test_embeddings_of_tokens_are_those_of_their_text(
    client: OpenAI, embedder: LocalEmbedder
) -> None:
    tokens = embedder._tokenizer.encode("where is my invoice?", add_special_tokens=False).ids

    one = client.embeddings.create(model=EMBEDDING_MODEL, input=tokens)
    many = client.embeddings.create(model=EMBEDDING_MODEL, input=[tokens, tokens])

    expected = embedder.embed(["where is my invoice?"])[0]
    assert np.allclose(one.data[0].embedding, expected, atol=1e-6)
    assert len(many.data) == 2


def test_langchain_embeds(base_url: str, embedder: LocalEmbedder) -> None:
    embeddings = OpenAIEmbeddings(
        model=EMBEDDING_MODEL,
        openai_api_base=base_url,
        openai_api_key=SecretStr("none"),
        check_embedding_ctx_length=False,
    )

    assert np.allclose(embeddings.embed_query("refund"), embedder.embed(["refund"])[0], atol=1e-6)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": EMBEDDING_MODEL, "input": ""}, "input"),
        ({"model": EMBEDDING_MODEL, "input": []}, "input"),
        ({"model": EMBEDDING_MODEL, "input": [10**6]}, "input"),
        ({"model": EMBEDDING_MODEL, "input": "x", "dimensions": 100}, "dimensions"),
        ({"model": EMBEDDING_MODEL}, "input"),
    ],
)
def test_bad_requests_for_embeddings_are_refused(
    client: OpenAI, body: dict[str, Any], param: str
) -> None:
    with pytest.raises(BadRequestError) as caught:
        client.post("/embeddings", body=body, cast_to=object)

    assert caught.value.param == param


def test_an_unknown_embedding_model_is_not_found(client: OpenAI) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.embeddings.create(model="text-embedding-3-small", input="x")

    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize(
    "content",
    [b"not json", b"[]", b'{"model": "m"}', b'{"model": "m", "messages": []}'],
)
def test_bad_bodies_are_answered_like_openai_does(base_url: str, content: bytes) -> None:
    answer = httpx.post(f"{base_url}/chat/completions", content=content)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/responses", 404), ("GET", "/nothing", 404), ("GET", "/chat/completions", 405)],
)
def test_unknown_routes_are_errors_in_openais_form(
    base_url: str, method: str, path: str, status: int
) -> None:
    answer = httpx.request(method, base_url + path)

    assert answer.status_code == status
    assert answer.json()["error"]["code"] == "unknown_url"


def test_a_whole_turn_with_tools(client: OpenAI) -> None:
    # Given a question
    messages: list[dict[str, Any]] = [a_system(), a_user("Can I get a refund for a yearly plan?")]

    # When the model asks for a search and gets its result
    asked = chat(client, *messages, tools=[SEARCH]).choices[0]
    (call,) = asked.message.tool_calls
    messages.append(asked.message.model_dump(exclude_none=True))
    messages.append({"role": "tool", "tool_call_id": call.id, "content": PASSAGES})
    answered = chat(client, *messages, tools=[SEARCH])

    # Then
    assert asked.finish_reason == "tool_calls"
    assert asked.message.content is None
    assert json.loads(call.function.arguments) == {"query": "Can I get a refund for a yearly plan?"}
    assert answered.choices[0].finish_reason == "stop"
    assert "refunded within 30 days" in answered.choices[0].message.content
    assert "[1]" in answered.choices[0].message.content
    assert answered.model == "gpt-4.1-mini"
    assert answered.usage.total_tokens == (
        answered.usage.prompt_tokens + answered.usage.completion_tokens
    )


def test_a_stream_of_text_adds_up_to_the_answer(client: OpenAI) -> None:
    # Given
    messages = [a_system(), a_user("refund?"), *tool_round(("search_knowledge_base", PASSAGES))]
    whole = chat(client, *messages).choices[0].message.content

    # When
    chunks = list(chat(client, *messages, stream=True, stream_options={"include_usage": True}))

    # Then
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole
    assert len({chunk.id for chunk in chunks}) == 1
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage.completion_tokens > 0


def test_a_stream_of_parallel_tool_calls_adds_up(client: OpenAI) -> None:
    # Given a question that needs two tools
    messages: Any = [a_system("Order"), a_user("show my overdue invoices and my plan")]
    tools: Any = ACCOUNT_TOOLS

    # When
    with client.chat.completions.stream(model="m", messages=messages, tools=tools) as stream:
        final = stream.get_final_completion()

    # Then
    assert final.choices[0].finish_reason == "tool_calls"
    calls = final.choices[0].message.tool_calls or []
    assert [(call.function.name, json.loads(call.function.arguments)) for call in calls] == [
        ("get_subscription_details", {}),
        ("get_invoices", {"status": "overdue"}),
    ]
    assert len({call.id for call in calls}) == 2


def test_a_route_is_structured_output(client: OpenAI) -> None:
    answer = chat(client, a_user("I want to talk to a human"), response_format=ROUTE_FORMAT)

    route = json.loads(answer.choices[0].message.content)
    assert route["agent"] == "escalation"
    assert route["confidence"] > 0.9


def test_openai_parses_structured_output(client: OpenAI) -> None:
    messages: Any = [a_user("where is my order 5512?")]

    answer = client.chat.completions.parse(model="m", messages=messages, response_format=Route)

    assert answer.choices[0].message.parsed is not None
    assert answer.choices[0].message.parsed.agent == "order"


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_langchain_gets_structured_output(
    base_url: str, method: Literal["json_schema", "function_calling"]
) -> None:
    router = a_chat_model(base_url).with_structured_output(Route, method=method, strict=True)

    route = router.invoke([SystemMessage("You are the Router."), HumanMessage("tell me a joke")])

    assert isinstance(route, Route)
    assert route.agent == "out_of_scope"


@pytest.mark.parametrize("streaming", [False, True])
def test_langchain_calls_tools_in_parallel_and_answers(base_url: str, streaming: bool) -> None:
    # Given
    model = a_chat_model(base_url, streaming=streaming, stream_usage=True)
    agent = model.bind_tools(ACCOUNT_TOOLS)
    messages: list[Any] = [
        SystemMessage("You are the Order agent of Acme's support team."),
        HumanMessage("show my invoices and my plan"),
    ]
    records = {
        "get_subscription_details": {
            "subscription": {"plan": "professional", "status": "active", "price": "49.00"}
        },
        "get_invoices": {"invoices": [{"invoice_number": "INV-1", "status": "paid", "total": "5"}]},
    }

    # When
    asked = agent.invoke(messages)
    messages.append(asked)
    messages += [
        ToolMessage(json.dumps(records[call["name"]]), tool_call_id=call["id"])
        for call in asked.tool_calls
    ]
    answered = agent.invoke(messages)

    # Then
    assert {call["name"] for call in asked.tool_calls} == set(records)
    assert all(word in answered.text for word in ("professional", "active", "INV-1"))
    assert answered.usage_metadata is not None
    assert answered.usage_metadata["output_tokens"] > 0


def test_many_clients_at_once_get_their_own_answers(client: OpenAI) -> None:
    # Given
    questions = {
        "I want to talk to a human": "escalation",
        "show my invoices": "order",
        "tell me a joke": "out_of_scope",
        "How do I reset my password?": "faq",
    }

    def route(question: str) -> str:
        answer = chat(client, a_user(question), response_format=ROUTE_FORMAT)
        return str(json.loads(answer.choices[0].message.content)["agent"])

    # When
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(route, list(questions) * 8))

    # Then
    assert found == list(questions.values()) * 8
