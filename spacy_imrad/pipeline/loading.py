"""A whole pipeline by path or name, and the classifier in it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from spacy.language import Language

    from spacy_imrad.labels import Convention
    from spacy_imrad.pipeline.groups import Keys
    from spacy_imrad.pipeline.imrad_classifier import ImradClassifier

# Pipes whose memory grows steeply with the length of a Doc.
HUNGRY_FACTORIES = frozenset({"parser", "beam_parser", "ner", "beam_ner"})
BUNDLED: Final = "bundled"
"""What commands call the default pipeline."""


def load_pipeline(
    pipeline: str | None, convention: "Convention | None" = None
) -> "Language":
    """A pipeline by path or name, or a blank one with the bundled weights of that name;
    with the default ones if None.

    convention: Convention that replaces that of its `imrad_classifier`s.
    RAISES (ValueError): One of them can't label by the convention.
    """
    import spacy

    from spacy_imrad.models.checkpoints.loaders import bundled_names

    if pipeline is None or (
        pipeline in bundled_names() and not Path(pipeline).exists()
    ):
        nlp = spacy.blank("en")
        config = {} if pipeline is None else {"model": {"name": pipeline}}
        nlp.add_pipe("imrad_classifier", config=config)
    else:
        nlp = spacy.load(pipeline)
    if convention is not None:
        for classifier in classifiers(nlp):
            classifier.convention = convention
            if convention not in classifier.conventions:
                known = " and ".join(classifier.conventions)
                raise ValueError(
                    f"it labels by the convention {known}, not by {convention}"
                )
    if not HUNGRY_FACTORIES.intersection(nlp.pipe_factories.values()):
        # The limit guards the memory of the parser and the entity recognizer, and
        # there is none here: the classifier reads one paragraph at a time.
        nlp.max_length = sys.maxsize
    return nlp


def load_to_measure(name: str, convention: "Convention") -> "Language":
    """A pipeline by path or name, or `BUNDLED`, that labels by the convention of the
    gold if it knows it."""
    nlp = load_pipeline(None if name == BUNDLED else name)
    for classifier in classifiers(nlp):
        if convention in classifier.conventions:
            classifier.convention = convention
    return nlp


def keys_of(classifier: "ImradClassifier") -> "Keys":
    """Where the classifier keeps what it found."""
    from spacy_imrad.pipeline.groups import Keys

    names = ("spans_key", "paragraphs_key", "abstract_key")
    return Keys(*(classifier.cfg[name] for name in names))


def classifiers(nlp: "Language") -> "list[ImradClassifier]":
    """All of them, in the pipeline's order."""
    from spacy_imrad.pipeline.imrad_classifier import ImradClassifier

    return [pipe for _, pipe in nlp.pipeline if isinstance(pipe, ImradClassifier)]


def find_classifier(nlp: "Language", spans_key: str | None = None) -> "ImradClassifier":
    """The imrad_classifier that writes the span group; the first one if None.

    RAISES (ValueError): The pipeline has no such pipe.
    """
    found = {pipe.cfg["spans_key"]: pipe for pipe in classifiers(nlp)}
    if not found:
        pipes = ", ".join(nlp.pipe_names) or "none"
        raise ValueError(f"it has no imrad_classifier (its pipes: {pipes})")
    if spans_key is None:
        return next(iter(found.values()))
    if spans_key not in found:
        raise ValueError(
            f"its imrad_classifier writes no span group '{spans_key}' "
            f"(it writes: {', '.join(found)})"
        )
    return found[spans_key]
