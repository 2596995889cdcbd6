"""The HTTP side: OpenAI's routes, its errors and its streams."""

import base64
import json
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from localstack.offline_model.chat import CHAT_MODEL, BadRequestError, ChatModel
from localstack.offline_model.completion import Completion, error_body
from localstack.offline_model.embedding import DIMENSIONS, EMBEDDING_MODEL, LocalEmbedder
from localstack.offline_model.requests import ChatRequest, EmbeddingRequest

MAX_INPUTS = 2_048
"""OpenAI's own limit of texts in one request for embeddings."""
_CREATED = 1_735_689_600
"""When the models were made, as far as clients care."""


class UnknownModelError(ValueError):
    """There is no model of that name."""


def create_app(chat: ChatModel, embedder: LocalEmbedder) -> Starlette:
    """Builds the application.

    Args:
        chat: Answers chat requests.
        embedder: Answers requests for embeddings.
    """

    async def complete(request: Request) -> Response:
        body = _validated(ChatRequest, await request.body())
        completion = await run_in_threadpool(lambda: Completion(body, chat.reply(body), embedder))
        if not body.stream:
            return JSONResponse(completion.whole())
        include_usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(
            completion.streamed(include_usage=include_usage), media_type="text/event-stream"
        )

    async def embed(request: Request) -> Response:
        body = _validated(EmbeddingRequest, await request.body())
        return JSONResponse(await run_in_threadpool(lambda: _embeddings(body, embedder)))

    async def models(_: Request) -> Response:
        names = (CHAT_MODEL, EMBEDDING_MODEL)
        return JSONResponse({"object": "list", "data": [_model(name) for name in names]})

    async def model(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in {CHAT_MODEL, EMBEDDING_MODEL}:
            raise UnknownModelError(name)
        return JSONResponse(_model(name))

    return Starlette(
        routes=[
            Route("/v1/chat/completions", complete, methods=["POST"]),
            Route("/v1/embeddings", embed, methods=["POST"]),
            Route("/v1/models", models, methods=["GET"]),
            Route("/v1/models/{name:path}", model, methods=["GET"]),
        ],
        exception_handlers={
            BadRequestError: _bad_request,
            UnknownModelError: _unknown_model,
            HTTPException: _http_error,
            Exception: _server_error,
        },
    )


def _validated[Model: BaseModel](kind: type[Model], raw: bytes) -> Model:
    try:
        payload = json.loads(raw)
    except ValueError as exc:
        raise BadRequestError("we could not parse the JSON body of your request") from exc
    try:
        return kind.model_validate(payload)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_context=False)[0]
        param = ".".join(str(part) for part in first["loc"])
        raise BadRequestError(f"invalid {param or 'body'}: {first['msg']}", param=param) from exc


def _embeddings(body: EmbeddingRequest, embedder: LocalEmbedder) -> dict[str, Any]:
    if body.model != EMBEDDING_MODEL:
        raise UnknownModelError(body.model)
    if body.dimensions not in {None, DIMENSIONS}:
        raise BadRequestError(f"this model has {DIMENSIONS} dimensions", param="dimensions")
    texts = _texts(body, embedder)
    if not texts or len(texts) > MAX_INPUTS:
        raise BadRequestError(f"input must have 1 to {MAX_INPUTS} texts", param="input")
    if any(not text.strip() for text in texts):
        raise BadRequestError("input cannot be an empty string", param="input")
    vectors = embedder.embed(texts)
    as_base64 = body.encoding_format == "base64"
    tokens = sum(map(embedder.count_tokens, texts))
    return {
        "object": "list",
        "model": body.model,
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": (
                    base64.b64encode(vector.astype(np.dtype("<f4")).tobytes()).decode()
                    if as_base64
                    else [float(number) for number in vector]
                ),
            }
            for index, vector in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _texts(body: EmbeddingRequest, embedder: LocalEmbedder) -> list[str]:
    match body.input:
        case str(text):
            return [text]
        case [int(), *_] as tokens:
            return [_decoded([token for token in tokens if isinstance(token, int)], embedder)]
        case inputs:
            return [
                _decoded(item, embedder) if isinstance(item, list) else str(item) for item in inputs
            ]


def _decoded(tokens: list[int], embedder: LocalEmbedder) -> str:
    try:
        return embedder.decode(tokens)
    except ValueError as exc:
        raise BadRequestError(f"input has unknown tokens: {exc}", param="input") from exc


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "frontdesk"}


async def _bad_request(_: Request, exc: Exception) -> Response:
    param = exc.param if isinstance(exc, BadRequestError) else None
    return JSONResponse(error_body(str(exc), param=param), status_code=400)


async def _unknown_model(_: Request, exc: Exception) -> Response:
    message = f"the model {str(exc)!r} does not exist"
    return JSONResponse(error_body(message, param="model", code="model_not_found"), status_code=404)


async def _http_error(request: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    message = f"invalid URL ({request.method} {request.url.path})"
    return JSONResponse(error_body(message, code="unknown_url"), status_code=status)


async def _server_error(_: Request, __: Exception) -> Response:
    message = "the offline model failed; its log says why"
    return JSONResponse(error_body(message, kind="server_error"), status_code=500)
