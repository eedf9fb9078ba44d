"""A benchmark's module in a process of its own: how it starts, and its memory."""

import json
import subprocess
import sys

WITHOUT_TORCH = """
import runpy, sys
sys.modules["torch"] = None
runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
"""


def run_fresh(
    module: str, *options: str, torch: bool = True, text: str | None = None
) -> dict[str, float]:
    """torch: Whether the process finds torch, which spaCy imports wherever it does.
    text: Its standard input.
    RETURNS: The JSON object in its last line; ends this process if it fails.
    """
    run = ("-m", module) if torch else ("-c", WITHOUT_TORCH.format(module=module))
    done = subprocess.run(
        [sys.executable, *run, *options], input=text, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
