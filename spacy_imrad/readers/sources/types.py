"""What comes out of the things that hold papers."""

from dataclasses import dataclass

from spacy_imrad.readers.source import Source


@dataclass(frozen=True, slots=True)
class Job:
    """One paper to read.

    format: The registered name of its format.
    share: What part of all input it is, for the progress bar.
    """

    source: Source
    format: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be read or labelled, and why."""

    name: str
    reason: Exception
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """A paper that an earlier run has labelled."""

    name: str
    share: float = 0.0
