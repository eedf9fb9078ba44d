"""``weights``: what a classifier has learned, without its pipeline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spacy_imrad.cli.consoles import open_consoles, report
from spacy_imrad.cli.options import Overwrite
from spacy_imrad.outputs import OutputError, claim

if TYPE_CHECKING:
    from spacy.language import Language


def weights(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="Folder of a trained pipeline, or one that this command wrote.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the weights.")
    ],
    int8: Annotated[
        bool,
        typer.Option(
            "--int8",
            help="Write 8-bit weights and the graph for ONNX Runtime, as the package "
            "bundles them, after a comparison of the scores with those of torch.",
        ),
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Write the weights of SOURCE's imrad_classifier, in half precision.

    `transformers` reads them, and so do the architectures of this package, to train on
    from there.
    """
    out, err = open_consoles()
    try:
        from spacy_imrad.cli.export import export_pipeline
        from spacy_imrad.models.context.layer import write_weights
        from spacy_imrad.pipeline.loading import find_classifier

        with claim(output, "weights", inputs=[source], overwrite=overwrite) as claimed:
            nlp = _load(source)
            if int8:
                (agreement, *_) = export_pipeline(nlp, []).values()
                out.print(str(agreement))
                if not agreement.is_close:
                    raise ValueError("the scores differ too much; nothing is written")
            claimed.begin()
            claimed.part.mkdir()
            write_weights(find_classifier(nlp).model, claimed.part, half=True)
            claimed.put()
            claimed.finish()
    except (ImportError, OSError, ValueError) as error:
        subject = output if isinstance(error, OutputError) else source
        report(err, "error", str(subject), error)
        raise typer.Exit(2 if isinstance(error, OutputError) else 1) from None


def _load(source: Path) -> "Language":
    import spacy

    from spacy_imrad.models.context.abstracts import ABSTRACT_FILE, abstract_shim
    from spacy_imrad.models.context.layer import CONTEXT_FILE, context_shim
    from spacy_imrad.pipeline.loading import find_classifier

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
    nlp.add_pipe("imrad_classifier", config={"model": model})
    if has_context:
        context_shim(find_classifier(nlp).model).from_bytes(
            (source / CONTEXT_FILE).read_bytes()
        )
        if (source / ABSTRACT_FILE).is_file():
            abstract_shim(find_classifier(nlp).model).from_bytes(
                (source / ABSTRACT_FILE).read_bytes()
            )
    return nlp
