"""The pipe `imrad_classifier` and its factory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import numpy
import srsly
from numpy.typing import NDArray
from spacy import util
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc
from spacy.training import Example, validate_examples
from spacy.vocab import Vocab
from thinc.api import Config, Ops, Optimizer, set_dropout_rate
from thinc.types import Floats2d

from spacy_imrad.document.outline import Segmenter
from spacy_imrad.document.stored_outline import prefer_stored
from spacy_imrad.labels import LABELS, Convention, check_convention
from spacy_imrad.models.checkpoints.files import (
    SUMS_FILE,
    check_files,
    is_intact,
    write_files,
)
from spacy_imrad.models.checkpoints.loaders import CheckpointLoader
from spacy_imrad.models.context.abstracts import (
    AbstractShim,
    begin_abstracts,
    create_abstracts,
    predict_abstracts,
    reads_abstracts,
)
from spacy_imrad.models.context.layer import known_conventions, set_convention
from spacy_imrad.models.types import (
    ClassifierModelT,
    EncoderOutT,
    OutlinedDoc,
    find_shim,
    predict_encoded,
    set_checkpoint_loader,
    set_labels,
    shares_encoder,
)
from spacy_imrad.pipeline.abstracts import (
    AbstractPrediction,
    decide_by_labels,
    gold_abstract,
)
from spacy_imrad.pipeline.annotations import Prediction, annotate
from spacy_imrad.pipeline.attributes import (
    DEFAULT_ATTRS,
    attribute_names,
    register_attributes,
)
from spacy_imrad.pipeline.batching import predicted_batches
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs
from spacy_imrad.pipeline.groups import Keys
from spacy_imrad.pipeline.interpolation import interpolate_headings, named_sections
from spacy_imrad.pipeline.loss import UNLABELLED, cross_entropy
from spacy_imrad.segmenters.abstracts import abstract_sentences

DEFAULT_CONFIG = Config().from_str(
    """
[model]
@architectures = "spacy-imrad.Pretrained.v1"

[segmenter]
@misc = "spacy-imrad.TextSegmenter.v1"

[scorer]
@scorers = "spacy-imrad.imrad_scorer.v1"
"""
)


@Language.factory(
    "imrad_classifier",
    assigns=["doc.spans"],
    default_config={
        **DEFAULT_CONFIG,
        "spans_key": "imrad",
        "paragraphs_key": "imrad_paragraphs",
        "abstract_key": "imrad_abstract",
        "attrs": DEFAULT_ATTRS,
        "use_headings": True,
        "convention": None,
        "threshold": 0.0,
        "label_weights": None,
        "label_smoothing": 0.0,
    },
    default_score_weights={
        "spans_imrad_acc": 0.5,
        "spans_imrad_macro_f": 0.5,
        "spans_imrad_weighted_f": 0.0,
        "spans_imrad_char_acc": 0.0,
        "spans_imrad_likelihood": 0.0,
        "spans_imrad_f": 0.0,
        "spans_imrad_p": None,
        "spans_imrad_r": None,
        "spans_imrad_per_type": None,
        "spans_imrad_paragraphs_per_type": None,
    },
)
def make_imrad_classifier(
    nlp: Language,
    name: str,
    model: ClassifierModelT,
    segmenter: Segmenter,
    spans_key: str,
    paragraphs_key: str,
    abstract_key: str | None,
    attrs: dict[str, str],
    use_headings: bool,
    convention: str | None,
    threshold: float,
    label_weights: dict[str, float] | None,
    label_smoothing: float,
    scorer: Callable[..., dict[str, Any]] | None,
) -> "ImradClassifier":
    """Make the pipe; `ImradClassifier` explains the settings.

    RAISES: ValueError for a setting out of its range, or if another pipe of the
        pipeline writes the same groups or has the same attributes.
    """
    keys = {spans_key, paragraphs_key}
    names = attribute_names(attrs)
    for other_name, other in nlp.components:
        if not isinstance(other, ImradClassifier) or other_name == name:
            continue
        if abstract_key == other.cfg["abstract_key"]:
            abstract_key = None
        if keys & {other.cfg["spans_key"], other.cfg["paragraphs_key"]}:
            raise ValueError(
                f"The pipe '{other_name}' already writes one of the span groups "
                f"{sorted(keys)}. Give '{name}' a `spans_key` and a `paragraphs_key` "
                "of its own."
            )
        if set(names.values()) & set(other.attrs.values()):
            raise ValueError(
                f"The pipe '{other_name}' already sets one of the attributes "
                f"{sorted(names.values())}. Give '{name}' other names in `attrs`."
            )
    return ImradClassifier(
        nlp.vocab,
        model,
        segmenter,
        name,
        spans_key=spans_key,
        paragraphs_key=paragraphs_key,
        abstract_key=abstract_key,
        attrs=attrs,
        use_headings=use_headings,
        convention=convention,
        threshold=threshold,
        label_weights=label_weights,
        label_smoothing=label_smoothing,
        scorer=scorer,
    )


class ImradClassifier(TrainablePipe):
    """Labels the sections of a paper.

    vocab: The shared vocabulary.
    model: Model from outlined Docs to logits, one array (paragraphs x labels) each.
    segmenter: Function that finds the outline of a Doc. A Doc that a reader made
        brings its own outline, which takes precedence.
    name: Name of the pipe, under which its loss is reported.
    spans_key, paragraphs_key: Span groups for the sections and for the paragraphs.
    abstract_key: Span group for the sentences of the abstract, None to leave these
        alone. Only a model that has learned to read abstracts writes it. If an earlier
        pipe of the pipeline has the group, that one writes it alone.
    attrs: Names for the attributes `label`, `scores`, `outline`, `heading`, `level`,
        `path` and `why`; those left out are called after the label.
    use_headings: Whether headings influence the labels.
    convention: What a paragraph's label means: "ancestor" for that of the nearest
        heading that names a section, as readers mean it; "unarxive" for the label that
        the unarXive IMRaD data set would give it, by its innermost heading alone. The
        model has to have learned it; the bundled ones know both. None is the one that
        a saved pipe was saved with, and "ancestor" for a new pipe.
    threshold: A span whose best score is below it stays unlabelled; 0 to 1.
    label_weights: Weight of each label's paragraphs in the loss; 1 if not given.
    label_smoothing: Share of each training target that is spread over all labels;
        0 to 1.
    scorer: Scoring function.
    RAISES: ValueError if a setting is out of its range.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: ClassifierModelT,
        segmenter: Segmenter,
        name: str = "imrad_classifier",
        *,
        spans_key: str = "imrad",
        paragraphs_key: str = "imrad_paragraphs",
        abstract_key: str | None = "imrad_abstract",
        attrs: dict[str, str] | None = None,
        use_headings: bool = True,
        convention: str | None = None,
        threshold: float = 0.0,
        label_weights: dict[str, float] | None = None,
        label_smoothing: float = 0.0,
        scorer: Callable[..., dict[str, Any]] | None = None,
    ) -> None:
        if not 0 <= threshold <= 1:
            raise ValueError(f"`threshold` is {threshold}; it has to be from 0 to 1.")
        if not 0 <= label_smoothing < 1:
            raise ValueError(
                f"`label_smoothing` is {label_smoothing}; it has to be at least 0 and "
                "below 1."
            )
        for label, weight in (label_weights or {}).items():
            if not 0 <= weight < float("inf"):
                raise ValueError(
                    f"`label_weights` gives '{label}' the weight {weight}; weights are "
                    "0 or more."
                )
        if len({spans_key, paragraphs_key, abstract_key}) < 3:
            raise ValueError(
                "`spans_key`, `paragraphs_key` and `abstract_key` are "
                f"{[spans_key, paragraphs_key, abstract_key]}: sections, paragraphs "
                "and the sentences of the abstract need a group each."
            )
        self.vocab = vocab
        self.model = model
        self.segmenter = prefer_stored(segmenter)
        self.name = name
        self.scorer = scorer
        self.attrs = attribute_names(attrs or {})
        self.cfg: dict[str, Any] = {
            "labels": list(LABELS),
            "spans_key": spans_key,
            "paragraphs_key": paragraphs_key,
            "abstract_key": abstract_key,
            "use_headings": use_headings,
            "threshold": threshold,
            "label_weights": dict(label_weights or {}),
            "label_smoothing": label_smoothing,
            # What the config says is saved too: if another one names another
            # convention, that counts, and else the one that the pipe was saved with.
            "configured_convention": convention,
        }
        self._has_gradient = False
        register_attributes(self.attrs, Keys(spans_key, paragraphs_key, abstract_key))
        self.convention = convention or "ancestor"
        set_labels(self.model, self.labels)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of every score array."""
        return tuple(self.cfg["labels"])

    @property
    def convention(self) -> Convention:
        """What the labels mean; set it to label by another convention from now on. It
        is saved with the pipe. A config that is changed after that goes before it.

        RAISES: ValueError if the convention is unknown.
        """
        convention: Convention = self.cfg["convention"]
        return convention

    @convention.setter
    def convention(self, convention: str) -> None:
        self.cfg["convention"] = check_convention(convention)
        set_convention(self.model, self.cfg["convention"])

    @property
    def conventions(self) -> list[Convention]:
        """The conventions that the pipe can label by.

        RAISES: ValueError if its model has no weights yet.
        """
        return known_conventions(self.model)

    @property
    def label_data(self) -> list[str]:
        """The labels, as `spacy init labels` writes them."""
        return list(self.labels)

    def add_label(self, label: str) -> int:
        """RETURNS: 0 for a label that the pipe has.
        RAISES: ValueError for any other: the network's outputs are fixed.
        """
        if label in self.labels:
            return 0
        raise ValueError(
            f"Can't add the label '{label}' to '{self.name}': its network has one "
            f"output for each of {list(self.labels)}. Give all labels to "
            "`initialize`, with a checkpoint that has them or has no head yet."
        )

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Apply the pipe to a stream of Docs; see `TrainablePipe.pipe`.

        A Doc that fails goes to the error handler alone: those that share its batch
        are annotated all the same.
        """
        for docs, finish in predicted_batches(
            stream, batch_size, self.model.ops, self._outlined, self._begin
        ):
            yield from self._annotated(docs, finish)

    def _annotated(
        self, docs: list[Doc], finish: Callable[[], list[Prediction]]
    ) -> Iterator[Doc]:
        """The Docs of a batch that was begun, those left out that fail."""
        try:
            self.set_annotations(docs, finish())
        except Exception as error:
            if len(docs) == 1:
                self.get_error_handler()(self.name, self, docs, error)
                return
            for doc in docs:
                yield from self._annotated([doc], partial(self.predict, [doc]))
        else:
            yield from docs

    def predict(self, docs: Iterable[Doc]) -> list[Prediction]:
        """RETURNS: What the pipe finds in each Doc: the outline, the paragraphs' scores
        and those of the abstract's sentences."""
        return self._begin(self._outlined(docs))()

    def predict_outlined(
        self, outlined: Sequence[OutlinedDoc], encoded: EncoderOutT | None = None
    ) -> list[Prediction]:
        """`predict` without abstracts, for Docs whose outlines are known.

        encoded: What the model's encoder makes of their paragraphs, one for each Doc,
            if that is known too.
        """
        return self._begin_body(outlined, encoded)()

    def _outlined(self, docs: Iterable[Doc]) -> list[OutlinedDoc]:
        return [OutlinedDoc(doc, self.segmenter(doc)) for doc in docs]

    def _begin(self, outlined: Sequence[OutlinedDoc]) -> Callable[[], list[Prediction]]:
        """Hand a batch to the model, which may be a GPU that computes meanwhile.

        RETURNS: Function that waits for the scores.
        """
        finish_body = self._begin_body(outlined)
        if self.cfg["abstract_key"] is None or not reads_abstracts(self.model):
            return finish_body
        sentences = [abstract_sentences(*one) for one in outlined]
        texts = [[sentence.reading for sentence in found] for found in sentences]
        # Read apart from the paragraphs: in 8 bits, what shares a batch matters.
        logits = predict_abstracts(self.model, texts)

        def finish() -> list[Prediction]:
            scores = _probabilities(self.model.ops, logits)
            return [
                replace(
                    prediction,
                    abstract=AbstractPrediction(
                        found, decide_by_labels(found, rows, self.labels)
                    ),
                )
                for prediction, found, rows in zip(
                    finish_body(), sentences, scores, strict=True
                )
            ]

        return finish

    def _begin_body(
        self, outlined: Sequence[OutlinedDoc], encoded: EncoderOutT | None = None
    ) -> Callable[[], list[Prediction]]:
        as_read = [self._as_read(doc) for doc in outlined]
        if encoded is None:
            logits_of_docs = self.model.predict(as_read)
        else:
            logits_of_docs = predict_encoded(self.model, as_read, encoded)

        def finish() -> list[Prediction]:
            predictions = []
            for (_, outline), scores in zip(
                outlined, _probabilities(self.model.ops, logits_of_docs), strict=True
            ):
                named = {}
                if self.cfg["use_headings"]:
                    named = named_sections(outline, self.labels, self.convention)
                    scores = interpolate_headings(outline, scores, self.labels, named)
                predictions.append(Prediction(outline, scores, named))
            return predictions

        return finish

    def set_annotations(self, docs: Iterable[Doc], scores: list[Prediction]) -> None:
        """Write `doc.spans[spans_key]`, `doc.spans[paragraphs_key]` and, if the model
        reads abstracts, `doc.spans[abstract_key]`."""
        for doc, prediction in zip(docs, scores, strict=True):
            annotate(
                doc,
                prediction,
                self.labels,
                spans_key=self.cfg["spans_key"],
                paragraphs_key=self.cfg["paragraphs_key"],
                abstract_key=self.cfg["abstract_key"],
                threshold=self.cfg["threshold"],
            )

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from gold paragraphs, and from the sentences of gold abstracts; see
        `TrainablePipe.update`.

        RAISES: ValueError for a gold label that the pipe does not have.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, "ImradClassifier.update")
        losses[self.name] += self._learn_abstracts(examples, drop)
        outlined, gold = self._gold(examples)
        teaches = any((rows != UNLABELLED).any() for rows in gold)
        # An encoder that is shared waits for the gradients of all pipes that share it.
        if not teaches and not (
            shares_encoder(self.model) and any(len(x.doc) for x in outlined)
        ):
            if sgd is not None:
                self.finish_update(sgd)
            return losses
        set_dropout_rate(self.model, drop)
        logits, backprop = self.model.begin_update(outlined)
        loss, d_logits = self._loss(logits, gold)
        backprop(d_logits)
        self._has_gradient |= teaches
        if sgd is not None:
            self.finish_update(sgd)
        losses[self.name] += loss
        return losses

    def _learn_abstracts(self, examples: list[Example], drop: float) -> float:
        """RETURNS: The loss; 0 if no Example has a gold abstract."""
        key = self.cfg["abstract_key"]
        if key is None:
            return 0.0
        found = [gold_abstract(example, self.labels, key) for example in examples]
        abstracts = [abstract for abstract in found if abstract is not None]
        gold = [rows for _, rows in abstracts if len(rows)]
        if not any((rows != UNLABELLED).any() for rows in gold):
            return 0.0
        texts = [texts for texts, rows in abstracts if len(rows)]
        logits, backprop = begin_abstracts(self.model, texts, drop)
        loss, d_logits = self._loss(logits, gold)
        backprop(d_logits)
        self._has_gradient = True
        return loss

    def finish_update(self, sgd: Optimizer) -> None:
        """Let the optimizer change the weights, if an update had anything to teach:
        momentum and weight decay would change them without."""
        if self._has_gradient:
            super().finish_update(sgd)
            self._has_gradient = False

    def get_loss(
        self, examples: Iterable[Example], scores: list[Floats2d]
    ) -> tuple[float, list[Floats2d]]:
        """Find the loss of the model's logits, and its gradient.

        scores: Logits, one array (gold paragraphs x labels) an Example.
        RETURNS: The mean weighted cross-entropy, and arrays of the logits' shapes.
        """
        return self._loss(scores, self._gold(list(examples))[1])

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
        checkpoint: CheckpointLoader | None = None,
        abstracts: dict[str, int] | None = None,
    ) -> None:
        """Load the weights to start from, and settle the labels.

        get_examples: Function that returns gold Examples.
        nlp: The pipeline.
        labels: The labels in the order of the network's outputs. If None, the data
            are searched for labels that the pipe lacks; fewer are fine.
        checkpoint: Where the weights to start from come from; if None, from where the
            model's own config says.
        abstracts: Sizes of a new layer for the sentences of abstracts, as in
            `configs/abstracts.cfg`. None keeps the one that the model has.
        RAISES: ValueError if the checkpoint has a head with other labels, or if
            `label_weights` names a label that the pipe lacks.
        """
        util.check_lexeme_norms(self.vocab, "imrad_classifier")
        if labels is None:
            found = self._labels_in(get_examples())
            if not found <= set(self.labels):
                known = [label for label in LABELS if label in found]
                labels = [*known, *sorted(found - set(LABELS))]
        labels = self.labels if labels is None else list(labels)
        if not labels or len(set(labels)) < len(labels):
            raise ValueError(f"`labels` has to name each label once: {labels}.")
        unknown = sorted(set(self.cfg["label_weights"]) - set(labels))
        if unknown:
            raise ValueError(
                f"`label_weights` names {unknown}; the labels are {list(labels)}."
            )
        self.cfg["labels"] = list(labels)
        set_labels(self.model, self.labels)
        set_checkpoint_loader(self.model, checkpoint)
        sample = [eg.predicted for eg in islice(get_examples(), 2)]
        self.model.initialize(
            X=[OutlinedDoc(doc, self.segmenter(doc)) for doc in sample]
        )
        if abstracts is not None:
            create_abstracts(self.model, abstracts)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Save the pipe to a folder, with checksums; see `TrainablePipe.to_disk`."""
        # Serialized before anything is written, so that a failure leaves no half.
        files = self._files(exclude)
        write_files(Path(path), files)
        if "vocab" not in exclude:
            self.vocab.to_disk(Path(path) / "vocab", exclude=exclude)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The pipe as bytes, with checksums; see `TrainablePipe.to_bytes`."""
        parts: dict[str, Any] = dict(self._files(exclude))
        parts[SUMS_FILE] = {name: sha256(x).hexdigest() for name, x in parts.items()}
        if "vocab" not in exclude:
            parts["vocab"] = self.vocab.to_bytes(exclude=exclude)
        return srsly.msgpack_dumps(parts)

    def _files(self, exclude: Iterable[str]) -> dict[str, bytes]:
        files = {}
        if "cfg" not in exclude:
            files["cfg"] = srsly.json_dumps(self.cfg, indent=2).encode()
        if "model" not in exclude:
            files["model"] = self.model.to_bytes()
        return files

    def from_disk(
        self, path: str | Path, *, exclude: Iterable[str] = ()
    ) -> "ImradClassifier":
        """Load the pipe from a folder; see `TrainablePipe.from_disk`.

        RAISES: FileNotFoundError if a part is missing, ValueError if one is damaged.
        """
        if "cfg" not in exclude and not (Path(path) / "cfg").is_file():
            raise FileNotFoundError(f"The saved pipe in '{path}' lacks its file 'cfg'.")
        check_files(Path(path), exclude)
        with self._loading(f"in '{path}'", exclude):
            super().from_disk(path, exclude=exclude)
        return self

    def from_bytes(
        self, bytes_data: bytes, *, exclude: Iterable[str] = ()
    ) -> "ImradClassifier":
        """Load the pipe from bytes; see `TrainablePipe.from_bytes`.

        RAISES: ValueError if they are damaged.
        """
        with self._loading("in these bytes", exclude):
            parts = srsly.msgpack_loads(bytes_data)
            for name, expected in parts.get(SUMS_FILE, {}).items():
                if name not in exclude and not is_intact(parts[name], expected):
                    raise ValueError(f"its part '{name}' has another SHA-256")
            super().from_bytes(bytes_data, exclude=exclude)
        return self

    @contextmanager
    def _loading(self, where: str, exclude: Iterable[str]) -> Iterator[None]:
        # Of what was saved only the labels and the convention count: the other settings
        # are those of the pipeline's config, where users override them.
        settings = dict(self.cfg)
        configured = settings["configured_convention"]
        # Pipes of earlier versions were saved without.
        self.cfg |= {"convention": "ancestor", "configured_convention": None}
        # A layer for abstracts fits the encoder that it was saved with and no other.
        abstracts = find_shim(self.model, AbstractShim)
        if abstracts is not None and "model" not in exclude:
            abstracts.forget()
        try:
            yield
            labels = self.cfg["labels"]
            if not (
                isinstance(labels, list) and all(isinstance(x, str) for x in labels)
            ):
                raise ValueError(f"its labels are {labels!r}")
            settings["labels"] = labels
            if configured in (None, self.cfg["configured_convention"]):
                settings["convention"] = check_convention(self.cfg["convention"])
        except OSError:
            raise
        except Exception as error:
            raise ValueError(
                f"The saved pipe {where} is damaged ({error}). Copy or install the "
                "pipeline again."
            ) from error
        finally:
            self.cfg = settings
            self.convention = settings["convention"]
            set_labels(self.model, self.labels)

    def _gold(
        self, examples: list[Example]
    ) -> tuple[list[OutlinedDoc], list[NDArray[numpy.intp]]]:
        keys = GoldKeys(self.cfg["spans_key"], self.cfg["paragraphs_key"])
        outlined, gold = [], []
        for example in examples:
            doc, rows = gold_paragraphs(example, self.labels, self.segmenter, keys)
            outlined.append(self._as_read(doc))
            gold.append(rows)
        return outlined, gold

    def _as_read(self, outlined: OutlinedDoc) -> OutlinedDoc:
        """What the model may see: the headings only if they are to be used."""
        if self.cfg["use_headings"]:
            return outlined
        return OutlinedDoc(outlined.doc, outlined.outline.without_headings())

    def _loss(
        self, logits: list[Floats2d], gold: list[NDArray[numpy.intp]]
    ) -> tuple[float, list[Floats2d]]:
        weights = [self.cfg["label_weights"].get(label, 1.0) for label in self.labels]
        return cross_entropy(
            self.model.ops,
            logits,
            gold,
            numpy.asarray(weights, dtype="f"),
            self.cfg["label_smoothing"],
        )

    def _labels_in(self, examples: Iterable[Example]) -> set[str]:
        groups = ("paragraphs_key", "spans_key", "abstract_key")
        keys = [self.cfg[group] for group in groups if self.cfg[group]]
        return {
            span.label_
            for example in examples
            for key in keys
            for span in example.reference.spans.get(key, [])
        } - {""}


def _probabilities(ops: Ops, logits: list[Floats2d]) -> list[NDArray[numpy.float32]]:
    """Of several Docs at once: a GPU is asked for something once, not once a Doc."""
    if not logits:
        return []
    scores = ops.to_numpy(ops.softmax(ops.xp.concatenate(logits)))
    return numpy.split(scores, numpy.cumsum([len(rows) for rows in logits[:-1]]))
