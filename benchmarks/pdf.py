"""The headings and labels of PDFs, beside those of pymupdf4llm on the same files.

    python -m benchmarks.pdf PDFS [--peer VENV/bin/python] [--show]

PDFS has `files/NAME.pdf` and `gold/NAME.json`:
`{"headings": [{"text", "level", "label", "optional"}]}`. Optional headings, such as
those in the line of their text, count neither way, nor do the title, the usual front
and back matter and what stands behind the references. Headings are alike that have the
same letters and digits but for their numbers, or nearly so. The peer's Markdown is read
and labelled by us. Pages a second are of processor time, without labelling; the memory
is that of the whole process.
"""

import argparse
import difflib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pypdfium2
import spacy
from spacy.language import Language

from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.paper import Paper
from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.readers import make_doc, read_paper
from spacy_imrad.segmenters.titles import read_title

_REFERENCES: Final = re.compile(r"references|bibliography|literature cited", re.I)
_ALIKE: Final = 0.85
_LONG: Final = 12


@dataclass
class Printed:
    """A heading that was found, and the section that it heads."""

    letters: str
    text: str
    matter: str | None
    level: int
    label: str | None
    words: int


@dataclass
class Score:
    """Sums over files; `heads` are gold headings, `top` those of the first level."""

    sums: Counter[str] = field(default_factory=Counter)
    pages: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0

    def row(self, name: str) -> str:
        s = self.sums
        precision = _share(s["found"], s["found"] + s["false"])
        recall = _share(s["found"], s["heads"])
        shares = (
            *(precision, recall, _share(2 * precision * recall, precision + recall)),
            *(_share(s[key], s["heads"]) for key in ("body", "order")),
            _share(s["right"], s["labelled"]),
            _share(s["end to end"], s["top"]),
        )
        figures = " | ".join(f"{share:.3f}" for share in shares)
        pace = _share(self.pages, self.seconds)
        return f"| {name} | {figures} | {pace:.1f} | {self.megabytes:.0f} |"


HEADER: Final = (
    "| | precision | recall | F1 | in the body | in order | labels | top sections | "
    "pages/s | peak MB |\n" + "|---" * 10 + "|"
)


def _share(a: float, b: float) -> float:
    return a / b if b else 0.0


def _letters(text: str) -> str:
    text = read_title(unicodedata.normalize("NFKC", text)).text
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def _alike(a: str, b: str) -> bool:
    if not a or not b:
        return False
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) > _LONG and longer.startswith(shorter):
        return len(shorter) > 0.7 * len(longer)
    return difflib.SequenceMatcher(None, a, b).ratio() >= _ALIKE


def _printed(nlp: Language, paper: Paper) -> list[Printed]:
    doc = nlp(make_doc(nlp, paper))
    text = doc.text
    spans = [(s.start_char, s.end_char, s.label_) for s in doc.spans["imrad"]]
    found = []
    outline = stored_outline(doc)
    for section in outline.sections if outline is not None else ():
        if section.heading is None:
            continue
        heading = text[section.heading.start : section.heading.end]
        label = next((x for a, b, x in spans if a <= section.start < b), None)
        words = sum(
            len(text[p.start : p.end].split())
            for p in section.paragraphs
            if p.kind in ("text", "list")
        )
        level = section.heading.level
        found.append(
            Printed(_letters(heading), heading, section.matter, level, label, words)
        )
    return found


def _match(gold: Sequence[str], found: Sequence[str]) -> tuple[dict[int, int], int]:
    """RETURNS: What each gold heading was found as, most of them in order, and how many
    are in order.
    """
    alike = [[_alike(a, b) for b in found] for a in gold]
    n, m = len(gold), len(found)
    best = [[0] * (m + 1) for _ in range(n + 1)]
    for i in reversed(range(n)):
        for j in reversed(range(m)):
            both = best[i + 1][j + 1] + 1 if alike[i][j] else 0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], both)
    pairs: dict[int, int] = {}
    i = j = 0
    while i < n and j < m:
        if alike[i][j] and best[i][j] == best[i + 1][j + 1] + 1:
            pairs[i] = j
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i += 1
        else:
            j += 1
    in_order = len(pairs)
    for i in set(range(n)) - set(pairs):
        free = set(range(m)) - set(pairs.values())
        if (j := next((j for j in sorted(free) if alike[i][j]), -1)) >= 0:
            pairs[i] = j
    return pairs, in_order


def score_paper(
    gold: Sequence[dict[str, Any]], title: str, found: Sequence[Printed]
) -> tuple[Counter[str], list[str]]:
    """RETURNS: Counts, and what was wrong in words."""
    pairs, in_order = _match(
        [_letters(head["text"]) for head in gold], [head.letters for head in found]
    )
    must = [i for i, head in enumerate(gold) if not head.get("optional")]
    hits = {i: found[pairs[i]] for i in must if i in pairs}
    end = next(
        (j for j, h in enumerate(found) if j and _REFERENCES.match(h.text)), 9999
    )
    own = _letters(title)
    false = [
        head.text
        for j, head in enumerate(found[:end])
        if j not in pairs.values()
        and not (own and (own in head.letters or head.letters in own))
        and matter_of(head.text) is None
    ]
    labelled = {i: h for i, h in hits.items() if gold[i]["label"] and h.words}
    top = [i for i in must if gold[i]["level"] == 1 and gold[i]["label"]]
    counts = Counter(
        heads=len(must),
        found=len(hits),
        false=len(false),
        body=sum(head.matter == "body" for head in hits.values()),
        order=min(in_order, len(hits)),
        labelled=len(labelled),
        right=sum(head.label == gold[i]["label"] for i, head in labelled.items()),
        top=len(top),
    )
    counts["end to end"] = sum(
        _main_label(found, pairs[i]) == gold[i]["label"] for i in top if i in hits
    )
    wrong = [f"missing: {gold[i]['text']}" for i in must if i not in hits]
    return counts, [*wrong, *(f"false: {text}" for text in false)]


def _main_label(found: Sequence[Printed], index: int) -> str | None:
    """The label of most words of a section, or of its parts if it has none itself."""
    head = found[index]
    words: Counter[str | None] = Counter()
    if head.matter != "body":
        return None
    if head.words:
        return head.label
    for part in found[index + 1 :]:
        if part.level <= head.level or part.matter != "body":
            break
        words[part.label] += part.words
    return words.most_common(1)[0][0] if words else None


def measure(
    name: str,
    folder: Path,
    files: Sequence[Path],
    titles: dict[str, str],
    *,
    suffix: str,
    show: bool,
) -> Score:
    """Read and label the files of a folder, of which those of `files` have gold.

    titles: Those of the papers, as the first who read them found them.
    """
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    score = Score()
    for file in files:
        gold = json.loads((file.parents[1] / f"gold/{file.stem}.json").read_text())
        start = time.process_time()
        try:
            paper = read_paper(folder / f"{file.stem}{suffix}")
        except ValueError as error:
            print(f"{name}: {error}")
            paper = Paper("", ())
        score.seconds += time.process_time() - start
        score.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        counts, wrong = score_paper(gold["headings"], paper.title, _printed(nlp, paper))
        score.sums.update(counts)
        with pypdfium2.PdfDocument(file) as document:
            score.pages += len(document)
        if show and wrong:
            print(f"{name}, {file.stem}:", *wrong, sep="\n    ")
    return score


def measure_peer(
    python: str, files: Sequence[Path], titles: dict[str, str], *, show: bool
) -> Score:
    """Have pymupdf4llm write Markdown, and read that."""
    worker = Path(__file__).with_name("pdf_peer.py")
    with tempfile.TemporaryDirectory() as name:
        command = [python, str(worker), name, *map(str, files)]
        # What it says of itself comes before the last line.
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        own = json.loads(said.stdout.splitlines()[-1])
        score = measure(
            "pymupdf4llm", Path(name), files, titles, suffix=".md", show=show
        )
    score.seconds, score.megabytes = own["seconds"], own["megabytes"]
    return score


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pdfs", type=Path, help="folder with files/ and gold/")
    parser.add_argument("--peer", metavar="PYTHON", help="one that has pymupdf4llm")
    parser.add_argument("--show", action="store_true", help="what was wrong, by file")
    args = parser.parse_args()
    files = [
        file
        for file in sorted((args.pdfs / "files").glob("*.pdf"))
        if (args.pdfs / f"gold/{file.stem}.json").exists()
    ]
    if not files:
        sys.exit(f"no files/*.pdf with gold/*.json in {args.pdfs}")
    titles: dict[str, str] = {}
    folder = args.pdfs / "files"
    ours = measure("ours", folder, files, titles, suffix=".pdf", show=args.show)
    rows = [ours.row("spacy-imrad")]
    if args.peer:
        rows.append(
            measure_peer(args.peer, files, titles, show=args.show).row("pymupdf4llm")
        )
    print(f"{len(files)} PDFs, {ours.pages:,} pages", "", HEADER, *rows, sep="\n")


if __name__ == "__main__":
    main()
