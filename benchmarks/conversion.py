"""Rate and peak memory of converting generated paragraphs in the hub data set's layout.

    python -m benchmarks.conversion --paragraphs 100000

Invented words, 137 a paragraph in the mean, in files `train`, `validation` and `test`
as the hub has them. The conversion runs in a process of its own; its peak memory is
what the operating system says.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from itertools import accumulate
from pathlib import Path

SHARES = {"train": 0.98, "validation": 0.01, "test": 0.01}


def write_paragraphs(folder: Path, number: int, seed: int) -> None:
    """Write that many paragraphs as `.jsonl` files."""
    chance = random.Random(seed)
    lengths = (2 + rank % 9 for rank in range(50_000))
    words = ["".join(chance.choices("aeionrstlmdp", k=length)) for length in lengths]
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    for split, share in SHARES.items():
        with (folder / f"{split}.jsonl").open("w", encoding="utf8") as file:
            for index in range(round(number * share)):
                length = min(40 + int(chance.expovariate(1 / 97)), 600)
                text = " ".join(chance.choices(words, cum_weights=weights, k=length))
                label = chance.choice("imrwd")
                record = {"_id": f"{split}-{index}", "text": text, "label": label}
                file.write(json.dumps(record) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--paragraphs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data"
        data.mkdir()
        write_paragraphs(data, args.paragraphs, args.seed)
        size = sum(path.stat().st_size for path in data.iterdir())
        begun = time.perf_counter()
        subprocess.run(
            [
                *(sys.executable, "-m", "spacy_imrad", "convert", "unarxive-imrad"),
                *("-o", str(folder / "out"), "--input", str(data)),
            ],
            check=True,
        )
        seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(
        f"{args.paragraphs:,} paragraphs, {size / 1e6:.0f} MB: {seconds:.0f} s, "
        f"{args.paragraphs / seconds:,.0f} a second, peak memory {peak / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
