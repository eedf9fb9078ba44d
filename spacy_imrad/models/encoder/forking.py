"""Worker processes that are forked, as `nlp.pipe(n_process=2)` makes them on Linux."""

import os
import sys

_process = os.getpid()


def survive_fork() -> None:
    """Let torch compute in a forked process.

    A fork inherits torch's memory, but none of the threads that torch may have started
    in the parent, and would wait for them for ever. With one thread torch waits for
    none.
    """
    global _process
    if os.getpid() == _process:
        return
    _process = os.getpid()
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
