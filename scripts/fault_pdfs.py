"""Write the nine PDF files of `tests/readers/faults.py` into a folder, to look at.

    python scripts/fault_pdfs.py FOLDER

Each has a fault that papers were misread by. The folder is made; files that are there
already stay as they are, and are an error.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests/readers"))

from faults import FAULTS


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in FAULTS.items():
        with (folder / f"{name}.pdf").open("xb") as file:
            file.write(make().content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
