"""Write a trained classifier's weights to a folder.

    python scripts/bundle_weights.py training/model-best training/weights
    python scripts/bundle_weights.py --int8 training/weights spacy_imrad/weights/NAME

The first form writes half precision, as `transformers` reads it, for training that goes
on from there. The second writes 8-bit weights and the graph for ONNX Runtime, as the
package bundles them, after comparing its scores with torch's. Both take a pipeline or a
folder that the first form wrote.
"""

import argparse
import sys
from pathlib import Path

import spacy
from spacy.language import Language

from spacy_imrad.cli.export import export_pipeline
from spacy_imrad.models.context.layer import CONTEXT_FILE, context_shim, write_weights


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--int8", action="store_true")
    args = parser.parse_args()
    nlp = load(args.source)
    model = nlp.get_pipe("imrad_classifier").model
    if args.int8:
        (agreement,) = export_pipeline(nlp, []).values()
        print(agreement)
        if not agreement.is_close:
            sys.exit("The scores differ too much; nothing is written.")
    write_weights(model, args.folder, half=True)


def load(source: Path) -> Language:
    if (source / "meta.json").is_file():
        return spacy.load(source)
    paragraphs = {
        "@architectures": "spacy-imrad.HFSequenceClassifier.v1",
        "name": str(source),
    }
    context = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": paragraphs,
    }
    has_context = (source / CONTEXT_FILE).is_file()
    nlp = spacy.blank("en")
    model = context if has_context else paragraphs
    pipe = nlp.add_pipe("imrad_classifier", config={"model": model})
    if has_context:
        context_shim(pipe.model).from_bytes((source / CONTEXT_FILE).read_bytes())
    return nlp


if __name__ == "__main__":
    main()
