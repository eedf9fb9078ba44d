"""Write a trained pipeline's weights as the package bundles them: half precision.

python scripts/bundle_weights.py training/model-best spacy_imrad/weights/NAME
"""

import sys
from pathlib import Path

import spacy

from spacy_imrad.models.document_context import write_weights


def main(pipeline: str, folder: str) -> None:
    pipe = spacy.load(pipeline).get_pipe("imrad_classifier")
    write_weights(pipe.model, Path(folder), half=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
