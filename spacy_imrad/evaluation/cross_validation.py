"""Training measured on papers too few for one split: each paper is tested once."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy
from spacy.language import Language

from spacy_imrad.atomic import replacing
from spacy_imrad.document.paper import Paper
from spacy_imrad.evaluation.intervals import Resampled
from spacy_imrad.evaluation.metrics import Scored
from spacy_imrad.evaluation.predictions import score_examples
from spacy_imrad.evaluation.report import table, verdict
from spacy_imrad.labels import Convention
from spacy_imrad.outputs import claim_in
from spacy_imrad.pipeline.loading import BUNDLED, load_to_measure
from spacy_imrad.readers.jsonl import SUFFIXES, read_papers, to_record
from spacy_imrad.training.continued import claim_training, train
from spacy_imrad.training.corpus import make_papers_corpus_v2

DEV_SHARE: Final = 0.1
_PARTS: Final = ("train", "dev", "test")
_TRAINING: Final = "training"
_RESULTS: Final = ("folds.json", "FOLDS.md")


class _Fold(NamedTuple):
    """The test papers of one fold by both pipelines, and which paper each paragraph
    is in."""

    before: Scored
    after: Scored
    papers: list[str]


def cross_validate(
    config: Path,
    papers: Path,
    folder: Path,
    *,
    compare: str = BUNDLED,
    model: str = "model-best",
    folds: int = 5,
    limit: int = 0,
    convention: Convention = "ancestor",
    seed: int = 0,
    gpu_id: int = -1,
    overrides: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    on_fold: Callable[[int], None] = lambda fold: None,
) -> dict[str, Any]:
    """Train once for each fold and test on the papers that this training did not see.

    config: Of the training, with `paths.train` and `paths.dev`.
    papers: A file of papers as JSON Lines, or a folder of such files at any depth;
        papers without gold labels are left out.
    folder: Gets a folder for each fold, with its papers and its training, and
        `folds.json` and `FOLDS.md`.
    compare: Pipeline to compare with, by path or name.
    model: Which pipeline of each training to test, "model-best" or "model-last".
    limit: At most so many papers for the training of a fold, 0 for all.
    overrides: Settings of the config by dotted name.
    overwrite: Replace an earlier cross-validation in the folder. One that was killed is
        gone on with in any case: a fold that was trained by the same config and
        overrides on the same papers is not trained again.
    on_fold: Told which fold begins, from 1.
    RETURNS: What `folds.json` has: `papers`, `folds` (a list with the accuracies of
        each and their difference), `mean`, `worst` and `best` of the differences, and
        over all papers `before`, `after` and `gain` (the difference in accuracy and
        macro F1, and the interval of it). Headings are hidden throughout.
    RAISES: ValueError if there are fewer labelled papers than folds, or fewer than two
        folds; OutputError if the folder has something else under these names; what
        the training raises.
    """
    if folds < 2:
        raise ValueError(f"{folds} folds: there have to be at least 2.")
    places = [folder / f"fold-{number}" for number in range(1, folds + 1)]
    splits = [
        str(_papers_of(place, part).relative_to(folder))
        for place in places
        for part in _PARTS
    ]
    files = [*splits, *_RESULTS]
    taken = claim_in(
        folder, files, "cross-validate", inputs=[papers], overwrite=overwrite
    )
    with taken as output:
        for place in places:
            # What else may be there is found before hours of training.
            claim_training(place / _TRAINING, overwrite=True).close()
        before_pipeline = load_to_measure(compare, convention)
        labelled = _labelled(papers, before_pipeline, convention)
        if len(labelled) < folds:
            raise ValueError(
                f"{len(labelled)} papers with gold labels are too few for {folds} "
                "folds."
            )
        random.Random(seed).shuffle(labelled)
        output.discard(*(output.folder / name for name in _RESULTS))
        output.writes(*output.paths)
        measured = []
        for number, here in enumerate(places):
            on_fold(number + 1)
            split = _write_split(labelled, number, folds, limit, here)
            paths = {f"paths.{part}": str(split[part]) for part in ("train", "dev")}
            settings = {**(overrides or {}), **paths}
            train(
                config, here / _TRAINING, gpu_id=gpu_id, overrides=settings, keep=True
            )
            trained = load_to_measure(str(here / _TRAINING / model), convention)
            before, passages = _score(before_pipeline, split["test"], convention)
            after, _ = _score(trained, split["test"], convention)
            tested = [passage.paper for passage in passages]
            measured.append(_Fold(before, after, tested))
        found = _summary(measured, compare)
        page = json.dumps(found, indent=2) + "\n"
        (folder / "folds.json").write_text(page, encoding="utf8")
        (folder / "FOLDS.md").write_text(write_folds(found), encoding="utf8")
        output.finish()
    return found


def write_folds(found: Mapping[str, Any]) -> str:
    """The page about a cross-validation, as `cross_validate` returns it."""
    compared = found["compared"]
    rows = [
        [
            str(number),
            f"{fold['papers']:,}",
            f"{fold['paragraphs']:,}",
            f"{fold['before']:.4f}",
            f"{fold['after']:.4f}",
            f"{100 * fold['difference']:+.2f}",
        ]
        for number, fold in enumerate(found["folds"], start=1)
    ]
    before, after, gain = found["before"], found["after"], found["gain"]["accuracy"]
    rows.append(
        [
            "all",
            f"{found['papers']:,}",
            f"{before['paragraphs']:,}",
            f"{before['accuracy']:.4f}",
            f"{after['accuracy']:.4f}",
            f"{100 * gain['difference']:+.2f}",
        ]
    )
    head = ["fold", "papers", "paragraphs", compared, "trained", "difference, points"]
    return "\n".join(
        [
            f"# {len(found['folds'])} folds over {found['papers']:,} papers",
            "",
            verdict(compared, found["gain"]["accuracy"], found["papers"]),
            "",
            "The difference in points: "
            + ", ".join(
                f"{name} {100 * found[name]:+.2f}" for name in ("mean", "worst", "best")
            )
            + ".",
            "",
            *table(head, rows),
            "",
        ]
    )


def _labelled(papers: Path, nlp: Language, convention: Convention) -> list[Paper]:
    """The papers with gold labels, in the order of their identifiers."""
    files = [str(papers)]
    if papers.is_dir():
        files = [str(f) for f in papers.rglob("*") if f.name.endswith(SUFFIXES)]
    corpus = _corpus(sorted(files), convention)
    known = {example.reference.user_data["imrad_id"] for example in corpus(nlp)}
    found = {paper.id: paper for paper in read_papers(files) if paper.id in known}
    return [found[identity] for identity in sorted(found)]


def _write_split(
    papers: Sequence[Paper], number: int, folds: int, limit: int, folder: Path
) -> dict[str, Path]:
    """Write the papers of a fold. A file that is there with the same papers stays as it
    is, so that the training knows it again.
    """
    test = papers[number::folds]
    rest = [paper for i, paper in enumerate(papers) if i % folds != number]
    rest = rest[: limit or None]
    n_dev = max(1, round(DEV_SHARE * len(rest)))
    files = {}
    for name, some in zip(_PARTS, (rest[n_dev:], rest[:n_dev], test), strict=True):
        files[name] = _papers_of(folder, name)
        lines = [json.dumps(to_record(paper)) + "\n" for paper in some]
        content = "".join(lines).encode()
        if not files[name].exists() or files[name].read_bytes() != content:
            with replacing(files[name]) as part:
                part.write_bytes(content)
    return files


def _papers_of(fold: Path, part: str) -> Path:
    return fold / "papers" / f"{part}.jsonl"


def _corpus(papers: str | list[str], convention: Convention) -> Any:
    return make_papers_corpus_v2(
        papers, unit="paper", convention=convention, headings="hide", tokens="paragraph"
    )


def _score(nlp: Language, papers: Path, convention: Convention) -> Any:
    return score_examples(nlp, _corpus(str(papers), convention)(nlp))


def _summary(folds: Sequence[_Fold], compared: str) -> dict[str, Any]:
    rows = []
    for fold in folds:
        before, after = fold.before.figures(), fold.after.figures()
        rows.append(
            {
                "papers": len(set(fold.papers)),
                "paragraphs": before["paragraphs"],
                "before": before["accuracy"],
                "after": after["accuracy"],
                "difference": after["accuracy"] - before["accuracy"],
            }
        )
    papers = [paper for fold in folds for paper in fold.papers]
    whole_before, whole_after = (
        Scored(*map(numpy.concatenate, zip(*parts, strict=True)))
        for parts in (
            [(f.before.gold, f.before.probabilities, f.before.sources) for f in folds],
            [(f.after.gold, f.after.probabilities, f.after.sources) for f in folds],
        )
    )
    before, after = whole_before.figures(), whole_after.figures()
    intervals = Resampled(whole_after, papers).gain_over(
        Resampled(whole_before, papers)
    )
    differences = [row["difference"] for row in rows]
    return {
        "compared": compared,
        "papers": len(set(papers)),
        "folds": rows,
        "mean": sum(differences) / len(differences),
        "worst": min(differences),
        "best": max(differences),
        "before": before,
        "after": after,
        "gain": {
            figure: {"difference": after[figure] - before[figure], "interval": interval}
            for figure, interval in intervals.items()
        },
    }
