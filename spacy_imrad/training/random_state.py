"""Where the generators of random numbers stand that a training draws from."""

import random
from typing import Any

import numpy


def random_state() -> dict[str, Any]:
    """RETURNS: The state of Python's, NumPy's and PyTorch's generators, as JSON can
    have it.
    """
    import torch

    name, key, *rest = numpy.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": [name, numpy.asarray(key).tolist(), *rest],
        "torch": torch.get_rng_state().tolist(),
        "cuda": [state.tolist() for state in torch.cuda.get_rng_state_all()],
    }


def restore_random(state: dict[str, Any]) -> None:
    """Make the next random numbers those that came after `random_state`."""
    import torch

    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    name, key, *rest = state["numpy"]
    numpy.random.set_state((name, numpy.array(key, dtype="uint32"), *rest))
    torch.set_rng_state(torch.tensor(state["torch"], dtype=torch.uint8))
    devices = range(torch.cuda.device_count())
    for device, numbers in zip(devices, state["cuda"], strict=False):
        torch.cuda.set_rng_state(torch.tensor(numbers, dtype=torch.uint8), device)
