"""What a data set is: a stream of papers, each with the split that it came in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from spacy_imrad.document.paper import Paper
from spacy_imrad.labels import Convention
from spacy_imrad.training.corpus import Unit

Split: TypeAlias = Literal["train", "dev", "test"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)

# Told why a record was left out, in a word or two, and which one it was.
OnSkip: TypeAlias = Callable[[str, str], None]


class Record(NamedTuple):
    """split: None where the data set leaves the choice to the conversion."""

    paper: Paper
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set by its name.

    read: From a file, a folder or a hub name to the records, each time in one order.
    unit: What one record is: a whole paper, or one paragraph of a paper unknown.
    convention: The convention by which its gold labels are found.
    default_input: Read where the user names nothing.
    """

    read: Callable[[str, OnSkip], Iterator[Record]]
    unit: Unit
    convention: Convention
    default_input: str | None = None
