"""One paper → its labels as plain data, and whatever else an output needs of its Doc.

A `Labeller` is built from `Settings` in this process or in each worker.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from spacy_imrad.readers.sources.inputs import Job

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from spacy_imrad.labels import Convention

Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """How to label.

    pipeline: Path or name; None for the bundled one.
    convention: What its labels mean; None for its own convention.
    spans_key: The span group of the sections.
    with_text: Whether records have the sections' text.
    output: The output's name; some need more than the record.
    threads: Threads that torch may use; 0 for as many as it likes.
    gpu_id: Number of the GPU; -1 for the CPU.
    gpus: On a cluster: 1 for a GPU a worker, less for a part of one that several share,
        0 for the CPU.
    """

    pipeline: str | None = None
    convention: "Convention | None" = None
    spans_key: str = "imrad"
    with_text: bool = False
    output: str = "jsonl"
    threads: int = 0
    gpu_id: int = -1
    gpus: float = 0.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A paper with its labels.

    record: `file`, and what `to_dict` says; the positions of sections are characters
        of the file, None where the format does not tell.
    payload: What the output needs besides, such as the Doc.
    """

    record: Record
    payload: bytes = b""


class Labeller:
    """Labels papers, one at a time.

    RAISES: Exception of any kind if the pipeline can't be loaded, or ValueError if it
        has no fitting `imrad_classifier` or there is no GPU where one is wanted.
    """

    def __init__(self, settings: Settings) -> None:
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

    def __call__(self, job: Job) -> Labelled:
        """RAISES: Exception of any kind if the paper can't be read or labelled."""
        from spacy_imrad.readers.docs import doc_of_source
        from spacy_imrad.readers.formats import get_format

        # In a memory zone, a paper's words do not stay in the vocabulary.
        with self.nlp.memory_zone():
            doc = self.nlp(doc_of_source(self.nlp, job.source, get_format(job.format)))
            record = self._record(doc, job)
            return Labelled(record, self._payload(doc, job))

    def _record(self, doc: "Doc", job: Job) -> Record:
        from spacy_imrad.document.stored_outline import place_of
        from spacy_imrad.pipeline.results import to_dict
        from spacy_imrad.readers.formats import get_format

        result = to_dict(doc, **self.keys._asdict())
        for section in result["sections"]:
            if get_format(job.format).structured:
                place = place_of(doc, section["start"], section["end"])
                section["start"], section["end"] = place or (None, None)
            if not self.settings.with_text:
                del section["text"]
        return {"file": job.source.name, **result}

    def _payload(self, doc: "Doc", job: Job) -> bytes:
        match self.settings.output:
            case "spacy":
                from spacy.tokens import DocBin

                return DocBin(docs=[doc], store_user_data=True).to_bytes()
            case "markdown":
                from spacy_imrad.labelling.markdown import annotated_markdown

                return annotated_markdown(doc, self.keys.spans_key).encode()
            case "html":
                from spacy_imrad.view import render_paper, view_paper

                page = view_paper(
                    doc,
                    name=job.source.name,
                    keys=self.keys,
                    outline=self._classifier.segmenter(doc),
                )
                return render_paper(page).encode()
        return b""
