"""Each paper is tested once, by a pipeline that was not trained on it."""

import json

import pytest

pytest.importorskip("sklearn", reason="needs the extra `report`")

from test_train import papers, write_config  # noqa: F401
from typer.testing import CliRunner

from spacy_imrad.cli import app
from spacy_imrad.evaluation.cross_validation import cross_validate
from spacy_imrad.outputs import OutputError
from spacy_imrad.pipeline.loading import BUNDLED, classifiers, load_to_measure


@pytest.fixture
def config(tmp_path, papers, tiny_model, build_checkpoint):  # noqa: F811
    path = tmp_path / "config.cfg"
    model = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": {**tiny_model, "name": str(build_checkpoint(labels=None))},
        "width": 8,
        "depth": 1,
    }
    write_config(path, model, papers, "paper")
    text = path.read_text().replace(str(papers), "${paths.train}")
    path.write_text(text)
    return path


def long_enough(papers, path):  # noqa: F811
    """The same papers with paragraphs that are long enough to have a gold label."""
    with path.open("w") as file:
        for line in papers.read_text().splitlines():
            paper = json.loads(line)
            for section in paper["sections"]:
                section["paragraphs"] = [" ".join(section["paragraphs"] * 4)]
            file.write(json.dumps(paper) + "\n")
    return path


def test_each_paper_is_tested_once(config, tmp_path, papers):  # noqa: F811
    data = long_enough(papers, tmp_path / "data.jsonl")
    output = tmp_path / "folds"
    overrides = {"training.max_steps": 3, "training.score_weights.spans_imrad_acc": 1.0}
    found = cross_validate(config, data, output, folds=3, overrides=overrides)
    assert json.loads(json.dumps(found)) == json.loads(
        (output / "folds.json").read_text()
    )
    tested = []
    for number in (1, 2, 3):
        split = {
            name: {json.loads(line)["id"] for line in path.read_text().splitlines()}
            for name in ("train", "dev", "test")
            if (path := output / f"fold-{number}" / "papers" / f"{name}.jsonl")
        }
        assert len(split["test"]) == 2
        assert set.union(*split.values()) == set("012345")
        assert sum(map(len, split.values())) == 6
        tested += split["test"]
    assert sorted(tested) == list("012345")
    assert [fold["papers"] for fold in found["folds"]] == [2, 2, 2]
    differences = [fold["after"] - fold["before"] for fold in found["folds"]]
    assert found["mean"] == pytest.approx(sum(differences) / 3)
    assert (found["worst"], found["best"]) == (min(differences), max(differences))
    assert found["papers"] == 6
    page = (output / "FOLDS.md").read_text()
    assert "on 6 papers that training did not see" in page
    assert page.count("\n| ") == 6

    with pytest.raises(OutputError):
        cross_validate(config, data, output, folds=3)


class Stop(Exception):
    pass


def test_stopped_it_keeps_its_folds_and_what_the_user_put_there(
    config,
    tmp_path,
    papers,  # noqa: F811
):
    data = long_enough(papers, tmp_path / "data.jsonl")
    settings = {"folds": 2, "overrides": {"training.max_steps": 3}}
    undisturbed = cross_validate(config, data, tmp_path / "undisturbed", **settings)
    output = tmp_path / "output"

    def stop(fold):
        if fold == 2:
            raise Stop

    with pytest.raises(Stop):
        cross_validate(config, data, output, on_fold=stop, **settings)
    log = output / "fold-1" / "training" / "log.jsonl"
    trained = log.stat().st_mtime_ns
    theirs = [output / name for name in ("fold-1/a", "fold-1/papers/b", "fold-2/c")]
    for file in theirs:
        file.parent.mkdir(exist_ok=True)
        file.write_text("precious")
    assert cross_validate(config, data, output, **settings) == undisturbed
    assert log.stat().st_mtime_ns == trained
    settings["overrides"]["training.max_steps"] = 2
    cross_validate(config, data, output, overwrite=True, **settings)
    assert log.stat().st_mtime_ns != trained
    assert {file.read_text() for file in theirs} == {"precious"}

    inside = output / "fold-2" / "training" / "model-best" / "d"
    inside.write_text("precious")
    with pytest.raises(OutputError, match="left alone"):
        cross_validate(config, data, output, overwrite=True, **settings)
    assert inside.read_text() == "precious"


@pytest.mark.parametrize(
    ("folds", "reason"), [(7, "6 papers with gold labels are too few"), (1, "at least")]
)
def test_too_few_papers_or_folds(config, tmp_path, papers, folds, reason):  # noqa: F811
    data = long_enough(papers, tmp_path / "data.jsonl")
    with pytest.raises(ValueError, match=reason):
        cross_validate(config, data, tmp_path / "out", folds=folds)
    assert not (tmp_path / "out").exists()


def test_the_command_takes_overrides(config, tmp_path, papers):  # noqa: F811
    data = long_enough(papers, tmp_path / "data.jsonl")
    output = str(tmp_path / "out")
    command = ["cross-validate", str(config), str(data), "-o", output, "--folds", "2"]
    result = CliRunner().invoke(
        app, [*command, "--model", "model-last", "--training.max_steps", "2"]
    )
    assert result.exit_code == 0, result.output
    assert "2 folds over 6 papers" in result.output
    again = CliRunner().invoke(app, command)
    assert (again.exit_code, "--overwrite" in again.output) == (2, True)


@pytest.mark.parametrize("convention", ["ancestor", "unarxive"])
def test_a_pipeline_is_measured_by_the_convention_of_the_gold(convention):
    (classifier,) = classifiers(load_to_measure(BUNDLED, convention))
    assert classifier.convention == convention
