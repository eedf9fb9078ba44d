"""Turn a folder of JATS articles into papers to train on: biology, where it is given.

    python scripts/open_articles.py ARTICLES OUT --held-out test.jsonl.xz

ARTICLES has `*.xml` or `*.nxml` files, such as a checkout of a repository in which
somebody collected articles of Europe PMC. Kept are those under CC BY or CC0 with a
section that names its label, but no held-out paper (of JSON Lines, or of a wheel of
JATS), nor one that is nearly the same as one of them, or as another article. Writes
`train-SOURCE.jsonl.xz` and `dev-SOURCE.jsonl.xz`, and prints how many papers and
paragraphs they have.
"""

import argparse
import json
import lzma
import re
import sys
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from itertools import chain
from pathlib import Path

import numpy

from spacy_imrad.data.convert.near_duplicates import NearDuplicates
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.jats import read_jats, read_jats_wheel
from spacy_imrad.readers.jsonl import read_papers, to_record
from spacy_imrad.training.gold import section_gold

# Not BY-NC, BY-ND or BY-SA: what is made of the articles goes to everybody.
_OPEN = re.compile(
    r"creativecommons\.org/(licenses/by/|publicdomain/zero/)"
    r"|Creative Commons Attribution( \d\.\d)?( International)? Licen[sc]e",
    re.IGNORECASE,
)


def read_articles(
    folder: Path, source: str, held_out: set[str], skipped: Counter[str]
) -> Iterator[Paper]:
    files = chain(folder.rglob("*.xml"), folder.rglob("*.nxml"))
    for file in sorted(files, key=lambda file: file.name):
        try:
            paper = read_jats(file, source)
        except ValueError:
            skipped["no article"] += 1
            continue
        if paper.id in held_out:
            skipped["held out"] += 1
        elif not _OPEN.search(paper.license):
            skipped["licence"] += 1
        elif not any(gold.label for gold in section_gold(paper)):
            skipped["no label"] += 1
        else:
            yield paper


def read_held_out(path: Path) -> Iterator[Paper]:
    return read_jats_wheel(path) if path.suffix == ".whl" else read_papers(path)


def text_of(paper: Paper) -> str:
    return " ".join(text for part in paper.sections for text in part.paragraphs)


def is_dev(paper: Paper, share: float) -> bool:
    digest = blake2b(paper.id.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") < share * 2**32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("articles", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--held-out", type=Path, action="append", default=[])
    parser.add_argument("--source", default="epmc-jats")
    parser.add_argument("--dev-share", type=float, default=0.08)
    args = parser.parse_args()
    skipped: Counter[str] = Counter()
    sketches = NearDuplicates()
    held_out: list[str] = []
    for paper in chain.from_iterable(map(read_held_out, args.held_out)):
        sketches.add(text_of(paper), paper.title.lower() or paper.id)
        held_out.append(paper.id)
    papers = list(read_articles(args.articles, args.source, set(held_out), skipped))
    for paper in papers:
        sketches.add(text_of(paper), paper.title.lower() or paper.id)
    dropped = sketches.find(numpy.arange(len(held_out) + len(papers)))[len(held_out) :]
    skipped["duplicate"] = int(dropped.sum())
    args.output.mkdir(parents=True, exist_ok=True)
    for split in ("train", "dev"):
        counts: Counter[str | None] = Counter()
        path = args.output / f"{split}-{args.source}.jsonl.xz"
        with lzma.open(path, "wt", encoding="utf8", preset=9) as file:
            for paper, is_dropped in zip(papers, dropped, strict=True):
                if is_dropped or is_dev(paper, args.dev_share) != (split == "dev"):
                    continue
                print(json.dumps(to_record(paper), ensure_ascii=False), file=file)
                counts["papers"] += 1
                gold = section_gold(paper)
                for section, (label, _) in zip(paper.sections, gold, strict=True):
                    counts[label] += len(section.paragraphs)
        print(path, dict(counts))
    print("skipped", dict(skipped), file=sys.stderr)


if __name__ == "__main__":
    main()
