"""PDFs as Markdown by pymupdf4llm, in an environment that has it.

    python pdf_peer.py FOLDER FILE...

Writes a Markdown file for each PDF into the folder, and prints a JSON object with the
processor's `seconds` and the process's `megabytes` at its peak. For `benchmarks.pdf`;
needs nothing of spacy-imrad.
"""

import json
import resource
import sys
import time
from pathlib import Path

import pymupdf4llm


def main(folder: Path, files: list[Path]) -> None:
    seconds = 0.0
    for file in files:
        start = time.process_time()
        try:
            text = pymupdf4llm.to_markdown(str(file), show_progress=False)
        except Exception as error:
            text = ""
            print(f"{file.name}: {error}", file=sys.stderr)
        seconds += time.process_time() - start
        (folder / f"{file.stem}.md").write_text(text, encoding="utf8")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
