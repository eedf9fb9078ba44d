"""What works in this environment, and what it says about the rest.

    python scripts/extras_probe.py TREE

TREE is a copy of this repository without the package's source. Run in an empty folder,
which gets what the features write. Prints a JSON object: for each feature null if it
worked, or else the error's text.
"""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import spacy

from spacy_imrad import to_dataframe
from spacy_imrad.extras import require
from spacy_imrad.readers import read_paper

FORMATS = ("docx", "html", "md", "pdf", "rst", "tei.xml", "tex", "txt", "xml")
SECTIONS = 13
"""Of the paper in `examples/formats`."""
TEXT = "# Methods\n\nWe dug, we measured and weighed the snow of three winters."


class Features:
    """One method a feature, each raising an error that says what is missing.

    tree: The repository.
    """

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.smoke = runpy.run_path(str(tree / "scripts/make_smoke_assets.py"))
        self.smoke["write_papers"](Path("papers"))

    def labels(self) -> None:
        nlp = spacy.blank("en")
        nlp.add_pipe("imrad_classifier")
        assert nlp(TEXT)._.imrad == "Methods"

    def formats(self) -> None:
        for suffix in FORMATS:
            self._read(f"paper.{suffix}")

    def page(self) -> None:
        self._command("view", self._example("paper.tex"), "-o", "page.html")

    def dataframe(self) -> None:
        nlp = spacy.blank("en")
        nlp.add_pipe("imrad_classifier")
        assert len(to_dataframe(nlp(TEXT))) == 1

    def torch(self) -> None:
        nlp = spacy.blank("en")
        nlp.add_pipe("imrad_classifier", config={"model": {"runtime": "torch"}})
        assert nlp(TEXT)._.imrad == "Methods"

    def parquet(self) -> None:
        paper = self._example("paper.tex")
        self._command("label", paper, "--format", "parquet", "-o", "labels.parquet")

    def layout(self) -> None:
        paper = read_paper(self._example("paper.docx"), format="layout")
        assert any(section.heading for section in paper.sections)

    def ocr(self) -> None:
        # Tesseract itself comes from elsewhere.
        require("pytesseract", "ocr")

    def ray(self) -> None:
        labels = ("--workers", "1", "--format", "jsonl", "-o", "labels.jsonl")
        self._command("label", self._example("paper.tex"), "--ray", *labels)

    def spark(self) -> None:
        _import("pyspark.sql")

    def hub(self) -> None:
        folder = Path("imrad")
        folder.mkdir(exist_ok=True)
        for split in ("train", "validation", "test"):
            row = {"_id": split, "text": f"{split} of snow. " * 20, "label": "m"}
            (folder / f"{split}.jsonl").write_text(json.dumps(row) + "\n")
        self._command("convert", "unarxive-imrad", "-o", "corpus", "--input", folder)

    def report(self) -> None:
        papers = "papers/papers.jsonl"
        self._command("evaluate", "bundled", papers, "-o", "metrics", "--limit", "4")

    def project(self) -> None:
        nlp = spacy.blank("en")
        nlp.add_pipe("imrad_classifier")
        nlp.to_disk("bundled")
        _run("-m", "spacy", "package", "bundled", ".", "--build", "wheel", "--force")

    def export(self) -> None:
        # It says that it needs onnx before it looks for the pipeline.
        with suppress(ImportError):
            self._train("trained")
        self._command("export", "trained", "-o", "exported")

    def trf(self) -> None:
        nlp = self._on_tiny_encoder(
            "spacy-imrad.SharedEncoder.v1",
            tok2vec={
                "@architectures": "spacy-transformers.TransformerListener.v1",
                "pooling": {"@layers": "reduce_mean.v1"},
            },
        )
        _save_bert(Path("encoder"))
        encoder = {
            "@architectures": "spacy-transformers.TransformerModel.v3",
            "name": "encoder",
            "get_spans": {
                "@span_getters": "spacy-imrad.ParagraphSpans.v1",
                "segmenter": {"@misc": "spacy-imrad.TextSegmenter.v1"},
                "max_bytes": 126,
            },
        }
        nlp.add_pipe("transformer", first=True, config={"model": encoder})
        example = spacy.training.Example.from_dict(nlp.make_doc(TEXT), {})
        nlp.initialize(lambda: [example])
        assert nlp(TEXT)._.imrad == "Methods"

    def browser(self) -> None:
        _import("playwright", "axe_playwright_python", "PIL")

    def test(self) -> None:
        _import("pytest")

    def docs(self) -> None:
        _import("griffe", "check_jsonschema")

    def dev(self) -> None:
        _import("mypy", "ruff")

    def _example(self, name: str) -> Path:
        return self.tree / "examples/formats" / name

    def _read(self, name: str) -> None:
        paper = read_paper(self._example(name))
        found = sum(bool(section.heading) for section in paper.sections)
        assert found >= SECTIONS - 1, (name, found)

    def _train(self, folder: str) -> None:
        nlp = self._on_tiny_encoder(
            "spacy-imrad.HFSequenceClassifier.v1", max_length=128
        )
        loader = {"@misc": "spacy-imrad.HFCheckpoint.v1", "name": "encoder"}
        nlp.config["initialize"]["components"]["imrad_classifier"] = {
            "checkpoint": loader
        }
        nlp.initialize()
        nlp.to_disk(folder)

    def _on_tiny_encoder(self, architecture: str, **model: Any) -> Any:
        nlp = spacy.blank("en")
        model["@architectures"] = architecture
        nlp.add_pipe("imrad_classifier", config={"model": model})
        self.smoke["write_encoder"](Path("encoder"))
        return nlp

    def _command(self, *arguments: object) -> None:
        _run("-m", "spacy_imrad", *arguments)


def _save_bert(folder: Path) -> None:
    """Put a BERT in the DistilBERT's place, which reads all that its tokenizer says."""
    import transformers

    transformers.BertModel(
        transformers.BertConfig(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=128,
        )
    ).save_pretrained(folder)


def _run(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip() + done.stdout.strip())


def _import(*modules: str) -> None:
    for module in modules:
        import_module(module)


def attempt(feature: Callable[[], None]) -> str | None:
    """RETURNS: None if it worked, or the error."""
    try:
        feature()
    # Whatever a user would see is of interest here.
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    features = Features(Path(sys.argv[1]))
    found = {
        name: attempt(getattr(features, name))
        for name in vars(Features)
        if not name.startswith("_")
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
