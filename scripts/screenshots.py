"""Take README's pictures of the pages that `view` made of `examples/`.

    python -m spacy_imrad view examples/*.md examples/*.txt -o site
    python scripts/screenshots.py site docs/images

Needs the extra `browser` and a Chromium, `$CHROMIUM` or on the path.
"""

import io
import os
import shutil
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

COLORS = 64


class Shot(NamedTuple):
    page: str
    scheme: str
    size: tuple[int, int]
    paragraph: int | None = None
    media: Literal["screen", "print"] = "screen"


SHOTS = {
    "paper": Shot("sparse_index", "light", (1280, 800), paragraph=9),
    "paper_dark": Shot("sparse_index", "dark", (1280, 800)),
    "paper_phone": Shot("sparse_index", "dark", (390, 800), paragraph=9),
    "paper_print": Shot("sparse_index", "light", (794, 1123), media="print"),
    "index": Shot("index", "light", (1280, 560)),
    "index_phone": Shot("index", "light", (390, 800)),
}


def take(browser: Browser, folder: Path, shot: Shot) -> bytes:
    width, height = shot.size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page.emulate_media(media=shot.media)
    page.goto((folder / f"{shot.page}.html").resolve().as_uri())
    if shot.paragraph is not None:
        block = page.locator(".block[tabindex]").nth(shot.paragraph)
        block.evaluate("block => block.scrollIntoView({block: 'center'})")
        block.hover()
    return page.screenshot()


def main(pages: str, target: str) -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, chromium_sandbox=False
        )
        for name, shot in SHOTS.items():
            picture = Image.open(io.BytesIO(take(browser, Path(pages), shot)))
            # Few colours make a small file.
            few = picture.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
            few.save(Path(target) / f"{name}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
