"""Papers as text of a format, read through the catalogue."""

from collections.abc import Callable

import pytest
import spacy
from spacy.language import Language

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers import Source, read_paper


@pytest.fixture(scope="session")
def nlp() -> Language:
    return spacy.blank("en")


@pytest.fixture
def read() -> Callable[..., Paper]:
    """Read content as the paper of a file with that name."""

    def read(name: str, content: str | bytes) -> Paper:
        content = content.encode() if isinstance(content, str) else content
        return read_paper(Source(name, content=content))

    return read
