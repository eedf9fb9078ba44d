"""The labels of a checkpoint made by others: their names, and the order of outputs."""

from collections.abc import Mapping, Sequence

from spacy_imrad.models.checkpoints.hf import Checkpoint


def settle_labels(
    checkpoint: Checkpoint, aliases: Mapping[str, str], labels: Sequence[str]
) -> Checkpoint:
    """Give a checkpoint the pipe's labels, as far as they are the same ones.

    aliases: The pipe's names for those of the checkpoint, such as `LABEL_0`.
        Aliases of names that it does not have are of no effect.
    labels: The pipe's labels. If the checkpoint has exactly these, its outputs are
        put into their order.
    RETURNS: The checkpoint, changed in place, so that it is saved as it is used.
    RAISES: ValueError if two of its labels have the same name then.
    """
    found = [aliases.get(label, label) for label in checkpoint.labels]
    doubled = sorted({label for label in found if found.count(label) > 1})
    if doubled:
        raise ValueError(
            f"`label_aliases` makes {doubled} of several labels of the checkpoint, "
            f"which are {list(checkpoint.labels)}. Each needs a name of its own."
        )
    if set(found) == set(labels) and found != list(labels):
        _order_outputs(checkpoint, [found.index(label) for label in labels])
        found = list(labels)
    config = checkpoint.module.config
    config.id2label = dict(enumerate(found))
    config.label2id = {label: i for i, label in enumerate(found)}
    return checkpoint


def _order_outputs(checkpoint: Checkpoint, order: list[int]) -> None:
    from torch import nn

    # The output layer is the last one in every sequence classifier of transformers.
    output = [
        module
        for module in checkpoint.module.modules()
        if isinstance(module, nn.Linear) and module.out_features == len(order)
    ][-1]
    for weights in output.parameters():
        weights.data = weights.data[order].clone()
