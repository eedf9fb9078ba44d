"""What training needs, looked for before it begins."""

from collections.abc import Callable

from spacy.language import Language

from spacy_imrad.extras import require


def make_require_torch_v1() -> Callable[[Language], Language]:
    """A callback for `[initialize.before_init]` of a training config
    (`spacy-imrad.require_torch.v1`): without torch, `spacy train` then ends before it
    prints its table.

    RETURNS: Function that gives the pipeline back. Raises ImportError without the extra
        `torch`.
    """
    return require_torch


def require_torch(nlp: Language) -> Language:
    require("torch", "torch")
    return nlp
