"""Beside medspaCy's sectionizer and eds.sections, on articles that anyone can download.

    pip download --no-deps allofplos==0.11.1 -d assets
    python -m benchmarks.rivals_sections \\
        --wheel assets/allofplos-0.11.1-py3-none-any.whl

Each gets the same plain texts, with every heading on a line of its own or without any,
and gold labels are those of the ancestor rule, for which JATS `sec-type` counts too.
medspaCy and EDS-NLP run in virtual environments of their own, which are made if they
are not in `--environments`, with three sets of rules: those that they come with, for
clinical notes; the headings of the unarXive IMRaD data set's map, a list made
elsewhere; and each heading of these articles that our lexicon gives a label, which no
list of a user's could fit better. A plain Hugging Face pipeline reads each paragraph
with the bundled weights; no heading is in it, so that it is asked once.

"found" is the share of paragraphs that are in any section, whatever it is called, and
"accuracy" the share of those that are in one with the gold label. Seconds are those of
the processor, without loading.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

from sklearn.metrics import f1_score

from spacy_imrad.document.lexicon import REFERENCE_MAP, section_label
from spacy_imrad.document.paper import Paper
from spacy_imrad.labels import LABELS
from spacy_imrad.training.gold import section_gold

from .rivals import hugging_face, make_nlp
from .texts import read_all

WORKER = Path(__file__).with_name("rivals_worker.py")
RIVALS = {"medspacy": "medspacy==1.3.1", "edsnlp": "edsnlp==0.23.0"}
WEIGHTS = "imrad_distilbert"
MIN_LENGTH = 200
"""Characters of a paragraph that has a gold label."""

# Headings in small letters by label.
Rules: TypeAlias = dict[str, list[str]]
# From texts to what was found in each, and the seconds of the processor that it took.
Find: TypeAlias = Callable[[Sequence["Text"]], tuple[list[list["Found"]], float]]


class Found(NamedTuple):
    """A section that was found, in characters of its text."""

    start: int
    end: int
    label: str


class GoldParagraph(NamedTuple):
    start: int
    end: int
    label: str


@dataclass
class Text:
    text: str = ""
    paragraphs: list[GoldParagraph] = field(default_factory=list)

    @classmethod
    def of(cls, paper: Paper, *, headings: bool) -> "Text":
        """The body of a paper, as it would be copied from a page."""
        made = cls()
        for section, gold in zip(paper.sections, section_gold(paper), strict=True):
            if headings and section.heading:
                made.text += section.heading + "\n\n"
            for paragraph in section.paragraphs:
                start = len(made.text)
                made.text += paragraph + "\n\n"
                if gold.label and len(paragraph) >= MIN_LENGTH:
                    end = start + len(paragraph)
                    made.paragraphs.append(GoldParagraph(start, end, gold.label))
        return made


def rules_for(papers: Sequence[Paper]) -> Rules:
    """The headings of the papers that the lexicon gives a label, by label."""
    headings = {s.heading.strip().lower() for paper in papers for s in paper.sections}
    rules: Rules = {label: [] for label in LABELS}
    for heading in sorted(headings):
        label = section_label(heading)
        if label:
            rules[label].append(heading)
    return rules


def in_environment(rival: str, environments: Path, rules: Rules | None) -> Find:
    """rules: None for those that the rival comes with."""
    python = environments / rival / "bin/python"
    if not python.exists():
        print(f"Installing {RIVALS[rival]}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", environments / rival], check=True)
        install = ["-m", "pip", "install", "--quiet", RIVALS[rival]]
        subprocess.run([python, *install], check=True)

    def find(texts: Sequence[Text]) -> tuple[list[list[Found]], float]:
        request = {"rules": rules, "texts": [text.text for text in texts]}
        done = subprocess.run(
            [python, WORKER, rival],
            input=json.dumps(request),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        answer = json.loads(done.stdout.splitlines()[-1])
        sections = [[Found(*one) for one in found] for found in answer["sections"]]
        return sections, answer["seconds"]

    return find


def with_spacy_imrad() -> Find:
    nlp = make_nlp(WEIGHTS, "auto")
    nlp("Loads the weights.")

    def find(texts: Sequence[Text]) -> tuple[list[list[Found]], float]:
        begin = time.process_time()
        docs = list(nlp.pipe(text.text for text in texts))
        seconds = time.process_time() - begin
        paragraphs = [doc.spans["imrad_paragraphs"] for doc in docs]
        return [
            [Found(span.start_char, span.end_char, span.label_) for span in group]
            for group in paragraphs
        ], seconds

    return find


def with_hugging_face() -> Find:
    label = hugging_face(WEIGHTS, 1, gpu=False, pooled=True)
    label(["Loads the weights."])

    def find(texts: Sequence[Text]) -> tuple[list[list[Found]], float]:
        begin = time.process_time()
        found = []
        for text in texts:
            bounds = [(start, end) for start, end, _ in text.paragraphs]
            labels = label([text.text[start:end] for start, end in bounds])
            found.append(
                [Found(*b, one) for b, one in zip(bounds, labels, strict=True)]
            )
        return found, time.process_time() - begin

    return find


def label_at(paragraph: GoldParagraph, found: Sequence[Found]) -> str | None:
    """The label of the section that holds most of the paragraph."""
    best, label = 0, None
    for section in found:
        start = max(section.start, paragraph.start)
        overlap = min(section.end, paragraph.end) - start
        if overlap > best:
            best, label = overlap, section.label
    return label


def row(name: str, texts: Sequence[Text], find: Find) -> str:
    sections, seconds = find(texts)
    gold: list[str] = []
    given: list[str] = []
    for text, found in zip(texts, sections, strict=True):
        gold += [paragraph.label for paragraph in text.paragraphs]
        given += [label_at(paragraph, found) or "" for paragraph in text.paragraphs]
    right = sum(a == b for a, b in zip(gold, given, strict=True))
    labels = sorted(set(gold))
    macro_f1 = f1_score(gold, given, labels=labels, average="macro", zero_division=0)
    return (
        f"| {name} | {sum(map(bool, given)) / len(gold):.1%} | {right / len(gold):.4f} "
        f"| {macro_f1:.4f} | {seconds / len(texts):.3f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=0, help="0: all")
    parser.add_argument(
        "--environments", type=Path, help="folder to keep the rivals' environments in"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(args.wheel, args.articles or None, args.environments or Path(folder))


def compare(wheel: Path, limit: int | None, environments: Path) -> None:
    papers = [
        paper for paper in read_all(wheel) if Text.of(paper, headings=True).paragraphs
    ][:limit]
    rule_sets: dict[str, Rules | None] = {
        "its own rules": None,
        "a data set's headings": {k: sorted(v) for k, v in REFERENCE_MAP.items()},
        "these articles' headings": rules_for(papers),
    }
    rivals = {"spacy-imrad": with_spacy_imrad()}
    for name, title in (("medspacy", "medspaCy"), ("edsnlp", "eds.sections")):
        for called, rules in rule_sets.items():
            rivals[f"{title}, {called}"] = in_environment(name, environments, rules)
    paragraphs_alone = {"Hugging Face pipeline": with_hugging_face()}
    for headings in (True, False):
        texts = [Text.of(paper, headings=headings) for paper in papers]
        n_gold = sum(len(text.paragraphs) for text in texts)
        print(
            f"\n{len(texts)} articles, {n_gold:,} paragraphs, headings "
            f"{'shown' if headings else 'hidden'}\n\n"
            "| | found | accuracy | macro F1 | processor seconds an article |\n"
            "|---|---|---|---|---|"
        )
        asked = rivals if headings else rivals | paragraphs_alone
        for name, find in asked.items():
            print(row(name, texts, find), flush=True)


if __name__ == "__main__":
    main()
