"""``view``: papers as pages for a browser."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spacy_imrad.cli.consoles import Reporter, open_consoles, report
from spacy_imrad.cli.options import Files, GpuId, LabelConvention, Pipeline, SpansKey
from spacy_imrad.cli.progress import papers_bar
from spacy_imrad.pipeline.loading import find_classifier, keys_of, load_pipeline

if TYPE_CHECKING:
    from spacy.language import Language

    from spacy_imrad.pipeline.imrad_classifier import ImradClassifier
    from spacy_imrad.readers.sources.inputs import Job
    from spacy_imrad.view import PaperView
    from spacy_imrad.view.site import Site

PAGE_SUFFIXES = (".html", ".htm")


def view(
    files: Files,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="An .html file for one paper; a folder for an index and a page each.",
            show_default=False,
        ),
    ],
    pipeline: Pipeline = None,
    convention: LabelConvention = None,
    spans_key: SpansKey = "imrad",
    gpu_id: GpuId = -1,
    low_confidence: Annotated[
        float,
        typer.Option(
            "--low-confidence",
            min=0.0,
            max=1.0,
            help="Mark paragraphs whose best score is below this.",
        ),
    ] = 0.6,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Mark the sentences that moved their paragraph's label."
        ),
    ] = False,
) -> None:
    """Show papers in a browser: sections in colour, outline, and each paragraph's
    scores.

    A page is one file that loads nothing else. The exit code is 1 if a file could not
    be read or labelled; the others are done.
    """
    out, err = open_consoles()
    from thinc.api import require_gpu

    from spacy_imrad.readers.sources.inputs import (
        Failure,
        list_files,
        read_jobs,
        size_of,
    )

    found = list_files(files)
    one_page = output.suffix.lower() in PAGE_SUFFIXES and not output.is_dir()
    if one_page and len(found) > 1:
        problem = f"one page for {len(found)} papers; give a folder as --output"
        report(err, "error", str(output), problem)
        raise typer.Exit(2)
    try:
        if gpu_id >= 0:
            require_gpu(gpu_id)
        nlp = load_pipeline(pipeline, convention)
        classifier = find_classifier(nlp, spans_key)
    # A folder named by a user can fail to load in as many ways as there are pipes.
    except Exception as error:
        report(err, "error", pipeline or "the default pipeline", error)
        raise typer.Exit(2) from None
    pages = _pages(output, one_page=one_page)
    failed = False
    say = Reporter(err)
    hidden = len(found) == 1
    with papers_bar(err, sum(map(size_of, found)), hidden=hidden) as bar:
        for job in read_jobs(found):
            try:
                if isinstance(job, Failure):
                    raise job.reason
                paper = _view(job, nlp, classifier, low_confidence, explained=explain)
                pages.add(paper)
                if not paper.n_paragraphs:
                    say("note", paper.name, "nothing to label")
            # Files fail to open and pipes fail in many ways; the other files go on.
            except Exception as error:
                name = job.name if isinstance(job, Failure) else job.source.name
                say("error", name, error)
                failed = True
            bar.advance(job.share)
    say.close()
    page = pages.finish()
    if page is not None:
        out.print(str(page))
    if failed:
        raise typer.Exit(1)


class _OnePage:
    """Takes one paper, as `Site` takes many."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: Path | None = None

    def add(self, paper: "PaperView") -> None:
        from spacy_imrad.view import render_paper

        if self.written:
            raise ValueError("more than one paper; give a folder as --output")
        self.path.write_text(render_paper(paper), encoding="utf8")
        self.written = self.path

    def finish(self) -> Path | None:
        return self.written


def _pages(output: Path, *, one_page: bool) -> "_OnePage | Site":
    from spacy_imrad.view.site import Site

    return _OnePage(output) if one_page else Site(output)


def _view(
    job: "Job",
    nlp: "Language",
    classifier: "ImradClassifier",
    low_confidence: float,
    *,
    explained: bool,
) -> "PaperView":
    from spacy_imrad.pipeline.explanation import explain
    from spacy_imrad.readers.docs import doc_of_source
    from spacy_imrad.readers.formats import get_format
    from spacy_imrad.view import view_paper

    # In a memory zone, a paper's words do not stay in the vocabulary.
    with nlp.memory_zone():
        doc = nlp(doc_of_source(nlp, job.source, get_format(job.format)))
        return view_paper(
            doc,
            name=job.source.name,
            keys=keys_of(classifier),
            outline=classifier.segmenter(doc),
            low_confidence=low_confidence,
            effects=explain(doc, classifier) if explained else (),
        )
