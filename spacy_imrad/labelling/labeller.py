"""One paper → its labels as plain data, and whatever else an output needs of its Doc.

A `Labeller` is built from `Settings` in this process or in each worker.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from spacy_imrad.labels import LOW_CONFIDENCE
from spacy_imrad.printable import decodable, printable
from spacy_imrad.readers.sources import Job

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from spacy_imrad.labels import Convention
    from spacy_imrad.pipeline.chunks import Unit
    from spacy_imrad.pipeline.doc_outline import DocOutline
    from spacy_imrad.view import PaperView

Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """How to label.

    pipeline: Path or name; None for the bundled one.
    convention: What its labels mean; None for its own convention.
    spans_key: The span group of the sections.
    with_text: Whether records have the sections' text.
    abstracts: Whether the sentences of abstracts are all that is wanted, and plain text
        has one abstract a line.
    output: The output's name; some need more than the record.
    threads: Threads that torch may use; 0 for as many as it likes.
    gpu_id: Number of the GPU; -1 for the CPU.
    gpus: On a cluster: 1 for a GPU a worker, less for a part of one that several share,
        0 for the CPU.
    timeout: Seconds that a paper may take, 0 for any number.
    low_confidence, explained: Settings of the output "view", see `view_paper`.
    chunk_size, chunk_overlap, chunk_unit: Settings of the output "chunks", see
        `spacy_imrad.chunks`.
    """

    pipeline: str | None = None
    convention: "Convention | None" = None
    spans_key: str = "imrad"
    with_text: bool = False
    abstracts: bool = False
    output: str = "jsonl"
    threads: int = 0
    gpu_id: int = -1
    gpus: float = 0.0
    timeout: float = 0.0
    low_confidence: float = LOW_CONFIDENCE
    explained: bool = False
    chunk_size: int = 200
    chunk_overlap: int = 0
    chunk_unit: "Unit" = "words"

    @property
    def plain(self) -> str | None:
        """The registered name of the format of what else would be plain text."""
        return "lines" if self.abstracts else None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A paper with its labels.

    record: `file`, and what `to_dict` says; the positions of sections are characters of
        the file, None where the format does not tell.
    payload: What the output needs besides, such as the Doc.
    view: The paper's view, for the output "view".
    """

    record: Record
    payload: bytes = b""
    view: "PaperView | None" = None


def parts_of(record: Record) -> list[Record]:
    """What a table has as rows: the sections, or where none is classified, the
    sentences of the abstract."""
    sections: list[Record] = record["sections"]
    if is_classified(sections):
        return sections
    return record.get("abstract") or sections


def is_classified(parts: list[Record]) -> bool:
    """Whether anything was there to label."""
    return any(part["score"] is not None for part in parts)


class Labeller:
    """Labels papers, one at a time.

    RAISES: Exception of any kind if the pipeline can't be loaded, or ValueError if it
        has no fitting `imrad_classifier` or there is no GPU where one is wanted.
    """

    def __init__(self, settings: Settings) -> None:
        from spacy_imrad.models.context.abstracts import reads_abstracts
        from spacy_imrad.pipeline.loading import find_classifier, keys_of, load_pipeline

        if settings.threads:
            # Where it is installed, spaCy has imported it.
            with suppress(ImportError):
                import torch

                torch.set_num_threads(settings.threads)
        if settings.gpus or settings.gpu_id >= 0:
            from thinc.api import require_gpu

            # A cluster shows each worker its own GPU as the first.
            require_gpu(max(settings.gpu_id, 0))
        self.settings = settings
        self.nlp = load_pipeline(settings.pipeline, settings.convention)
        self._classifier = find_classifier(self.nlp, settings.spans_key)
        self.keys = keys_of(self._classifier)
        self.labels: tuple[str, ...] = self._classifier.labels
        if settings.abstracts and not reads_abstracts(self._classifier.model):
            raise ValueError("the pipeline has not learned to label abstracts")

    def __call__(self, job: Job) -> Labelled:
        """RAISES: Exception of any kind if the paper can't be read or labelled."""
        from spacy_imrad.readers.docs import doc_of_source
        from spacy_imrad.readers.formats import get_format

        # In a memory zone, a paper's words do not stay in the vocabulary.
        with self.nlp.memory_zone():
            doc = self.nlp(doc_of_source(self.nlp, job.source, get_format(job.format)))
            record = self._record(doc, job)
            if self.settings.output == "view":
                return Labelled(record, view=self._view(doc, job))
            return Labelled(record, self._payload(doc, record, job))

    def _record(self, doc: "Doc", job: Job) -> Record:
        from spacy_imrad.document.stored_outline import places_of
        from spacy_imrad.pipeline.results import to_dict
        from spacy_imrad.readers.formats import get_format

        result = to_dict(doc, **self.keys._asdict())
        if self.settings.abstracts:
            result["sections"] = []
        sections = [*result["sections"], *result.get("abstract", ())]
        if get_format(job.format).structured:
            ranges = [(section["start"], section["end"]) for section in sections]
            for section, place in zip(sections, places_of(doc, ranges), strict=True):
                section["start"], section["end"] = place or (None, None)
        if not self.settings.with_text:
            for section in sections:
                del section["text"]
        return {"file": job.source.name, **result}

    def _payload(self, doc: "Doc", record: Record, job: Job) -> bytes:
        match self.settings.output:
            case "spacy":
                from spacy.tokens import DocBin

                doc.user_data |= {
                    "file": decodable(record["file"]),
                    "title": record["title"] or "",
                    "warnings": record["warnings"],
                }
                return DocBin(docs=[doc], store_user_data=True).to_bytes()
            case "markdown":
                from spacy_imrad.labelling.markdown import annotated_markdown

                return annotated_markdown(self._outline(doc)).encode("utf8", "replace")
            case "chunks":
                return self._chunks(doc, record, job)
            case "html":
                from spacy_imrad.view import render_paper

                return render_paper(self._view(doc, job)).encode()
        return b""

    def _chunks(self, doc: "Doc", record: Record, job: Job) -> bytes:
        """A line of JSON for each; positions are those of the paragraphs that hold it
        where the Doc's text is not the file's."""
        from spacy_imrad.document.stored_outline import places_of
        from spacy_imrad.pipeline.chunks import chunks
        from spacy_imrad.readers.formats import get_format

        settings = self.settings
        lines = []
        for chunk in chunks(
            doc,
            size=settings.chunk_size,
            overlap=settings.chunk_overlap,
            unit=settings.chunk_unit,
            spans_key=self.keys.spans_key,
            paragraphs_key=self.keys.paragraphs_key,
        ):
            fields = chunk.to_dict()
            if get_format(job.format).structured:
                (place,) = places_of(doc, [(chunk.start, chunk.end)])
                fields["start"], fields["end"] = place or (None, None)
            fields |= {
                "file": decodable(record["file"]),
                "warnings": record["warnings"],
            }
            lines.append(json.dumps(fields) + "\n")
        return "".join(lines).encode()

    def _outline(self, doc: "Doc") -> "DocOutline":
        from spacy_imrad.pipeline.doc_outline import make_outline

        return make_outline(doc, self.keys)

    def _view(self, doc: "Doc", job: Job) -> "PaperView":
        from spacy_imrad.pipeline.explanation import explain
        from spacy_imrad.view import view_paper

        settings = self.settings
        return view_paper(
            doc,
            name=printable(job.source.name),
            keys=self.keys,
            low_confidence=settings.low_confidence,
            effects=explain(doc, self._classifier) if settings.explained else (),
        )
