"""Reads documents in a process of their own, so that one which harms its reader harms nothing else.

Parsers of other people's formats take more time, memory or stack than a document is worth, or
crash. In a process without credentials, and bounded in both, that ends as a reason for staff to
read, and the queue goes on.
"""

import contextlib
import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass

from frontdesk.domain.errors import InfrastructureError, UnreadableDocumentError
from frontdesk.domain.knowledge import DocumentDraft, StoredObject
from frontdesk.knowledge.extracted import Limits
from frontdesk.knowledge.extraction import (
    Reader,
    find_reader,
    make_draft,
    read_docx,
    read_html,
    read_pdf,
)

READ_APART: frozenset[Reader] = frozenset([read_docx, read_html, read_pdf])
"""The others are short code of our own, which takes as long as the text is."""

_TOO_MUCH_MEMORY = "the document takes more than {} bytes of memory to read"

# What Python needs to start, here and on Lambda; no credential is among it.
_KEPT_VARIABLES = ("LANG", "LD_LIBRARY_PATH", "PATH")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading one document may take.

    Attributes:
        seconds: From its start to its end.
        memory_bytes: Of address space, the interpreter's own included.
    """

    seconds: float = 90.0
    memory_bytes: int = 1_200_000_000


def read_apart(
    stored: StoredObject, data: bytes, *, limits: Limits, bounds: Bounds
) -> DocumentDraft:
    """Reads a dropped object and cuts it into passages.

    Args:
        stored: The object, with its metadata.
        data: Its content.
        limits: How much of it is read.
        bounds: What that may take.

    Returns:
        The document, ready to be embedded and published.

    Raises:
        UnreadableDocumentError: Nobody can read it; the text says why.
        InfrastructureError: No process could be started.
    """
    if find_reader(stored) not in READ_APART:
        return _read(stored, data, limits)
    about = {
        "stored": stored.model_dump(),
        "limits": asdict(limits),
        "memory_bytes": bounds.memory_bytes,
    }
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(about).encode() + b"\n" + data,
            capture_output=True,
            timeout=bounds.seconds,
            env=kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableDocumentError(
            f"the document takes longer than {bounds.seconds:g} seconds to read"
        ) from None
    except OSError as error:
        raise InfrastructureError(f"no process for a document: {type(error).__name__}") from error
    return _outcome(done, bounds)


def _outcome(done: "subprocess.CompletedProcess[bytes]", bounds: Bounds) -> DocumentDraft:
    if done.returncode < 0:
        raise UnreadableDocumentError("the document is damaged: its reader crashed")
    if done.returncode and done.stderr.rstrip().endswith(MemoryError.__name__.encode()):
        # It had not even enough to say so.
        raise UnreadableDocumentError(_TOO_MUCH_MEMORY.format(bounds.memory_bytes))
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise InfrastructureError(f"a document's reader ended with {done.returncode}") from error
    if "reason" in answer:
        raise UnreadableDocumentError(answer["reason"])
    return DocumentDraft.model_validate(answer["draft"])


def _read(stored: StoredObject, data: bytes, limits: Limits) -> DocumentDraft:
    try:
        return make_draft(stored, data, limits)
    except (UnreadableDocumentError, MemoryError):
        raise
    # Whatever a library may raise about a document is about the document.
    except Exception as error:
        raise UnreadableDocumentError(
            f"the document is damaged ({type(error).__name__})"
        ) from error


def _serve() -> None:
    """Reads the document on standard input; writes the draft, or the reason why there is none."""
    about = json.loads(sys.stdin.buffer.readline())
    stored, limits = StoredObject(**about["stored"]), Limits(**about["limits"])
    bound = about["memory_bytes"]
    # Not on every system; there the time bounds the memory.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    # Made now: when it is needed, there may be no memory left to make it.
    too_much = json.dumps({"reason": _TOO_MUCH_MEMORY.format(bound)})
    try:
        draft = _read(stored, sys.stdin.buffer.read(), limits)
        answer = json.dumps({"draft": draft.model_dump(mode="json")})
    except UnreadableDocumentError as error:
        answer = json.dumps({"reason": str(error)})
    except MemoryError:
        answer = too_much
    sys.stdout.write(answer)


if __name__ == "__main__":
    _serve()
