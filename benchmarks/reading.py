"""How long reading takes beside labelling, for one paper in all formats.

    python -m benchmarks.reading

Prints milliseconds of processor time, the best of some rounds.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_imrad.readers import read_doc

PAPERS = Path("examples/formats")
T = TypeVar("T")


def best(make: Callable[[], T], rounds: int) -> tuple[float, T]:
    """RETURNS: Milliseconds of processor time, and what was made."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        made = make()
        times.append(1000 * (time.process_time() - start))
    return min(times), made


def read_and_label(nlp: Language, path: Path) -> Doc:
    return nlp(read_doc(nlp, path))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--papers", type=Path, default=PAPERS, help="named paper.*")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    print("| | words | reading (ms) | labelling (ms) | reading adds |")
    print("|---|---|---|---|---|")
    for path in sorted(args.papers.glob("paper*.*")):
        reading, doc = best(partial(read_doc, nlp, path), args.rounds)
        both, _ = best(partial(read_and_label, nlp, path), args.rounds)
        labelling = both - reading
        cells = f"{len(doc.text.split())} | {reading:.0f} | {labelling:.0f}"
        print(f"| {path.name} | {cells} | {reading / labelling:.0%} |")


if __name__ == "__main__":
    main()
