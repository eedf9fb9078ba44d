"""The text of papers as an encoder reads it in pretraining: wordpieces without end."""

from collections.abc import Iterable, Iterator
from math import floor
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy
from numpy.typing import NDArray

from spacy_imrad.document.paper import Paper

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Tokens: TypeAlias = NDArray[numpy.unsignedinteger[Any]]

FIRST: Final = ("[CLS]", "<s>")
SEPARATOR: Final = ("[SEP]", "</s>")
MASK: Final = ("[MASK]", "<mask>")

# Paragraphs that the tokenizer reads at a time.
_TEXTS: Final = 20_000


class Corpus(NamedTuple):
    """Wordpiece ids of papers, one after the other, a separator behind each
    paragraph."""

    train: Tokens
    held_out: Tokens


def special_token(tokenizer: "Tokenizer", names: Iterable[str]) -> int:
    """RETURNS: The id of the first of these tokens that the tokenizer has.
    RAISES: ValueError if it has none.
    """
    for name in names:
        token: int | None = tokenizer.token_to_id(name)
        if token is not None:
            return token
    raise ValueError(f"The base's tokenizer has no token {' or '.join(names)}.")


def tokenize_papers(
    papers: Iterable[Paper], tokenizer: "Tokenizer", held_out: float
) -> Corpus:
    """Read papers' paragraphs as wordpieces.

    held_out: Share of the papers, spread evenly and the first among them, that go to
        the second part.
    RAISES: ValueError if either part has no text.
    """
    tokenizer.no_truncation()
    separator = special_token(tokenizer, SEPARATOR)
    kind = numpy.uint16 if tokenizer.get_vocab_size() <= 2**16 else numpy.uint32
    kept: dict[bool, list[Any]] = {False: [], True: []}
    for texts in _batches(papers, held_out):
        encodings = tokenizer.encode_batch(
            [text for text, _ in texts], add_special_tokens=False
        )
        for encoding, (_, is_held_out) in zip(encodings, texts, strict=True):
            kept[is_held_out].append(
                numpy.array([*encoding.ids, separator], dtype=kind)
            )
    for parts in kept.values():
        if not parts:
            raise ValueError(
                "There is too little text: one paper to learn from and one to measure "
                "on are the least."
            )
    return Corpus(*(numpy.concatenate(kept[which]) for which in (False, True)))


def _batches(
    papers: Iterable[Paper], held_out: float
) -> Iterator[list[tuple[str, bool]]]:
    batch: list[tuple[str, bool]] = []
    for index, paper in enumerate(papers):
        chosen = floor(index * held_out) > floor((index - 1) * held_out)
        for section in paper.sections:
            batch += [(text, chosen) for text in section.paragraphs]
        if len(batch) >= _TEXTS:
            yield batch
            batch = []
    if batch:
        yield batch


def sequences(tokens: Tokens, length: int, first: int) -> Tokens:
    """Cut text into sequences of one length that begin with the token `first`.

    RETURNS: Array of sequences x length; a rest that fills none is left out.
    RAISES: ValueError if the text fills none.
    """
    n_rows = len(tokens) // (length - 1)
    if not n_rows:
        raise ValueError(
            f"The papers have {len(tokens)} wordpieces; a sequence needs {length - 1}."
        )
    rows = tokens[: n_rows * (length - 1)].reshape(n_rows, length - 1)
    cut = numpy.full((n_rows, length), first, dtype=tokens.dtype)
    cut[:, 1:] = rows
    return cut
