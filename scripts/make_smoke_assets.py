"""Make invented papers and a tiny encoder, for a look at whether a project runs.

python scripts/make_smoke_assets.py assets/smoke
"""

import json
import random
import sys
from pathlib import Path

from spacy_imrad.outputs import claim

WORDS = {
    "Introduction": "snow problem important question unknown field aim ask",
    "Methods": "we dug measured sampled weighed with a mixed model each night",
    "Results": "table shows increase of percent significant mean lower than before",
    "Related Work": "earlier authors proposed studied similar prior approaches",
    "Discussion": "these findings suggest limits future work confirm explain however",
}


def write_papers(folder: Path, number: int = 40) -> None:
    chance = random.Random(0)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "papers.jsonl").open("w", encoding="utf8") as file:
        for index in range(number):
            sections = [
                {
                    "heading": heading,
                    "paragraphs": [
                        " ".join(chance.choices(words.split(), k=50)) for _ in range(2)
                    ],
                }
                for heading, words in WORDS.items()
            ]
            source = "north" if index % 2 else "south"
            paper = {"id": f"{index}", "source": source, "sections": sections}
            file.write(json.dumps(paper) + "\n")


def write_encoder(folder: Path) -> None:
    """Save a DistilBERT of 4 layers of 32 that reads words, as transformers does."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import DistilBertConfig, DistilBertModel, PreTrainedTokenizerFast

    words = sorted({word for text in WORDS.values() for word in text.lower().split()})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    torch.manual_seed(0)
    config = DistilBertConfig(
        vocab_size=len(pieces),
        dim=32,
        hidden_dim=64,
        n_layers=4,
        n_heads=2,
        max_position_embeddings=512,
    )
    DistilBertModel(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=512,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)


if __name__ == "__main__":
    with claim(sys.argv[1], "make_smoke_assets", overwrite=True) as output:
        output.begin()
        write_papers(output.part / "papers")
        write_encoder(output.part / "encoder")
        output.put()
        output.finish()
