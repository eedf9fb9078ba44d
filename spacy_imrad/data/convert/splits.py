"""Splits of whole papers in which every source has its share of every label."""

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray


def assign_splits(
    counts: NDArray[numpy.integer],
    sources: NDArray[numpy.integer],
    shares: Sequence[float],
    seed: int,
) -> NDArray[numpy.int8]:
    """Assign papers to splits.

    Papers with a rare label are assigned first, each to the split that lacks most of
    what it has, among the papers of its source and among all.

    counts: Labelled paragraphs, papers x labels.
    sources: Which source each paper is of, counted from 0.
    shares: Share of each split; they sum to 1.
    seed: Settles the order of the papers that have the same rarest label.
    RETURNS: The split of each paper.
    """
    n_papers, n_labels = counts.shape
    totals = counts.sum(axis=0)
    weights = counts / numpy.maximum(totals, 1)
    order = numpy.random.default_rng(seed).permutation(n_papers)
    rarity = numpy.where(counts > 0, totals, totals.sum() + 1).min(axis=1)
    order = order[numpy.argsort(rarity[order], kind="stable")]
    wanted = numpy.asarray(shares, dtype="d")[:, None]
    n_sources = int(sources.max(initial=0)) + 1
    lacking = numpy.zeros((n_sources, len(shares), n_labels))
    lacking_of_all = numpy.zeros((len(shares), n_labels))
    chosen = numpy.zeros(n_papers, dtype=numpy.int8)
    for paper in order:
        part = weights[paper]
        lacking_here = lacking[sources[paper]]
        lacking_here += wanted * part
        lacking_of_all += wanted * part
        split = int(((lacking_here + lacking_of_all) @ part).argmax())
        lacking_here[split] -= part
        lacking_of_all[split] -= part
        chosen[paper] = split
    return chosen
