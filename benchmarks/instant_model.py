"""A model that answers at once: whoever asks it shows what its own code costs.

Run as a process of its own, so that its work is nobody's: it prints its port and serves until it
is stopped. It knows two turns of a route, a look and an answer, one about invoices and one about
what the knowledge base says. By the model's name that it is asked for, it answers as soon as the
invoices are in the prompt, or insists on looking itself, so that whoever asks it makes the same
three calls, or searches the knowledge base.
"""

import base64
import json
import math
import re
import struct
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CONTENT = "instant"
INSISTENT = "instant-insistent"
SEARCHING = "instant-searching"
EMBEDDING = "instant-words"
DIMENSION = 384
TOOL = "get_invoices"
CALL_ID = "call_1"
ANSWER = "Invoice INV-2024-001 is paid, and so is INV-2024-002."
ROUTE = {"reasoning": "It is about the own account.", "agent": "order", "confidence": 0.97}
SEARCH_TOOL = "search_knowledge_base"
SEARCH_ANSWER = (
    "Click **New Project** at the top right of your dashboard, name it, choose a template and"
    " invite your team; then click **Create Project** [1]. It appears at once [2]."
)
SEARCH_ROUTE = {"reasoning": "It is how something is done.", "agent": "faq", "confidence": 0.97}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together: the second of two packets would wait for the first's receipt.
    wbufsize = -1

    def do_POST(self) -> None:
        """Answers as OpenAI's API does."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = embedded(body) if self.path.endswith("/embeddings") else completed(body)
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def completed(body: dict[str, Any]) -> dict[str, Any]:
    """Makes the completion of a request: a route, a tool call, or the answer."""
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
    finish = "stop"
    searches = body["model"] == SEARCHING
    if (body.get("response_format") or {}).get("type") == "json_schema":
        message["content"] = json.dumps(SEARCH_ROUTE if searches else ROUTE)
    elif body.get("tools") and not _looked_up(body):
        finish = "tool_calls"
        call = {"name": TOOL, "arguments": "{}"}
        if searches:
            query = {"query": body["messages"][-1]["content"]}
            call = {"name": SEARCH_TOOL, "arguments": json.dumps(query)}
        message["tool_calls"] = [{"id": CALL_ID, "type": "function", "function": call}]
    else:
        message["content"] = SEARCH_ANSWER if searches else ANSWER
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def embedded(body: dict[str, Any]) -> dict[str, Any]:
    """Makes the embeddings of a request: what texts have in common is their words."""
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    packed = body.get("encoding_format") == "base64"
    return {
        "object": "list",
        "model": body["model"],
        "data": [
            {
                "object": "embedding",
                "index": place,
                "embedding": _packed(vector) if packed else vector,
            }
            for place, vector in enumerate(map(_vector, texts))
        ],
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


def _looked_up(body: dict[str, Any]) -> bool:
    calls = [call for message in body["messages"] for call in message.get("tool_calls") or ()]
    if body["model"] in (INSISTENT, SEARCHING):
        return any(call["id"] == CALL_ID for call in calls)
    return any(call["function"]["name"] == TOOL for call in calls)


def _vector(text: str) -> list[float]:
    counts = [0.0] * DIMENSION
    for word in re.findall(r"\w+", text.lower()):
        counts[zlib.crc32(word.encode()) % DIMENSION] += 1
    length = math.hypot(*counts) or 1.0
    return [count / length for count in counts]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{DIMENSION}f", *vector)).decode()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
