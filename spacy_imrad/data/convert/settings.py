"""What a conversion is asked to do; its result depends on nothing else."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spacy.about import __version__ as spacy_version

from spacy_imrad.about import __version__
from spacy_imrad.data.sets import Dataset, get_dataset
from spacy_imrad.labels import Convention, check_convention
from spacy_imrad.outputs import Outputs
from spacy_imrad.training.corpus import Unit


@dataclass(frozen=True, slots=True)
class Settings:
    """dataset, input: The data set's name, and the file, folder or hub name to read.
    unit, convention, min_length: What becomes a Doc, and how its gold labels are
        found; as in `spacy-imrad.PapersCorpus.v2`.
    dev_share, test_share: Shares of the papers that come without a split, 0 to 1.
    shard_size: Characters of text in a shard, at least; the last has the rest.
    RAISES: ValueError for a value out of its range.
    """

    dataset: str
    input: str
    unit: Unit
    convention: Convention
    min_length: int = 200
    dev_share: float = 0.1
    test_share: float = 0.1
    seed: int = 0
    shard_size: int = 8_000_000

    def __post_init__(self) -> None:
        get_dataset(self.dataset)
        if self.unit not in ("paragraph", "paper"):
            raise ValueError(f"Unknown unit '{self.unit}': 'paragraph' or 'paper'.")
        check_convention(self.convention)
        if not (self.dev_share >= 0 and self.test_share >= 0) or (
            self.dev_share + self.test_share >= 1
        ):
            raise ValueError(
                f"The shares for dev and test are {self.dev_share} and "
                f"{self.test_share}: each has to be 0 or more, and their sum below 1."
            )
        if self.min_length < 0 or self.shard_size < 1 or self.seed < 0:
            raise ValueError(
                "Shortest length, seed and size of a shard are "
                f"{self.min_length}, {self.seed} and {self.shard_size}: they have to "
                "be at least 0, 0 and 1."
            )

    @property
    def data(self) -> Dataset:
        return get_dataset(self.dataset)

    def fingerprint(self) -> dict[str, Any]:
        """What has to be the same for a conversion to go on where it was stopped: the
        settings, the versions of the programs, and the input files' sizes and dates."""
        root = Path(self.input)
        outputs = Outputs(root)
        files = [
            path
            for path in (root, *sorted(root.rglob("*")))
            if path.is_file()
            and path not in outputs
            and not any(part[0] == "." for part in path.relative_to(root).parts)
        ]
        states = [(str(path), path.stat()) for path in files]
        return {
            **asdict(self),
            "versions": {"spacy": spacy_version, "spacy-imrad": __version__},
            "files": [[name, stat.st_size, stat.st_mtime_ns] for name, stat in states],
        }
