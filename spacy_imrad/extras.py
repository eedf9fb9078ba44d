"""Packages that come with an extra, because not everybody needs them."""

from importlib import import_module
from types import ModuleType


def require(module: str, extra: str) -> ModuleType:
    """Import a module that the package's extra `extra` brings.

    RAISES: ImportError that says what to install.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"this needs '{module.partition('.')[0]}', which is not installed: "
            f"pip install 'spacy-imrad[{extra}]'"
        ) from error
