"""Collect the JATS articles of git repositories, of all their history, in one folder.

    python scripts/collect_articles.py ARTICLES REPOSITORY...

A REPOSITORY is a checkout or a bare git directory. Each `.xml` or `.nxml` file with an
`<article>` and a `<body>` becomes ARTICLES/HASH.xml once, however many repositories
have it.
"""

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path


def article_blobs(repository: Path) -> Iterator[tuple[str, bytes]]:
    """YIELDS: The hashes and the contents of the articles."""
    git = ["git", "-C", str(repository)]
    listed = subprocess.run(
        [*git, "rev-list", "--objects", "--all", "--missing=allow-any"],
        check=True,
        capture_output=True,
        text=True,
        errors="replace",
    ).stdout
    hashes = dict.fromkeys(
        line.split(" ", 1)[0]
        for line in listed.splitlines()
        if line.endswith((".xml", ".nxml"))
    )
    with subprocess.Popen(
        [*git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for name in hashes:
            reader.stdin.write(f"{name}\n".encode())
            reader.stdin.flush()
            *_, kind, size = reader.stdout.readline().split()
            # A snapshot may lack its largest files.
            if size == b"missing":
                continue
            content = reader.stdout.read(int(size) + 1)[:-1]
            # A folder can have such a name, too.
            if kind == b"blob" and b"<article" in content and b"<body" in content:
                yield name, content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("articles", type=Path)
    parser.add_argument("repositories", type=Path, nargs="+")
    args = parser.parse_args()
    args.articles.mkdir(parents=True, exist_ok=True)
    for repository in args.repositories:
        n_articles = 0
        for name, content in article_blobs(repository):
            (args.articles / f"{name}.xml").write_bytes(content)
            n_articles += 1
        print(repository, n_articles)


if __name__ == "__main__":
    main()
