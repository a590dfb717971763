"""Every experiment of the papers, small; and the page of those that were done in full."""

import json
from itertools import combinations

import pytest
import torch
from replication.__main__ import EXPERIMENTS, do, experiment, prepare
from replication.paint import paint
from replication.report import PAGE, page
from replication.scope import FULL, RESULTS, small
from replication.strotss.ablation import ROWS

from wasserstyle import image as images
from wasserstyle.evaluation import figures, views

pytestmark = pytest.mark.slow  # its file is begun first


@pytest.fixture(scope="module", autouse=True)
def small_views():
    """Scores and figures of 96 px: quicker."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (views, figures):
            patch.setattr(module, "SIDE", 96)
        yield


@pytest.fixture(scope="module")
def scope(tmp_path_factory):
    return small(tmp_path_factory.mktemp("experiments"))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_runs_and_is_written(scope, name):
    before = set(scope.kept.glob("*.png"))
    found = do(name, scope)
    said = {order.file(scope) for order in experiment(name).orders(scope)}
    new = {p for p in scope.kept.glob("*.png") if not p.stem.endswith("-cost")} - before
    assert new <= said
    assert all(path.exists() for path in said)
    kept = json.loads((scope.results / f"{name}.json").read_text())
    assert kept["table"] == json.loads(json.dumps(list(found.table)))
    assert len(kept["figures"]) == len(found.figures)
    for file in kept["figures"]:
        assert images.read(scope.results / file).rgb.std() > 0.02
    assert found.table or found.figures
    assert f"## {found.title}" in page(scope.results)


def test_other_workers_may_paint_before(tmp_path):
    name, scope = "wasserstein_critic.comparison", small(tmp_path)
    prepare(name, scope, workers=1, cluster="processes")
    before = {path: path.stat().st_mtime_ns for path in scope.kept.iterdir()}
    assert before
    do(name, scope)
    assert before == {path: path.stat().st_mtime_ns for path in scope.kept.iterdir()}


def test_pictures_are_kept_and_not_painted_again(scope):
    do("wasserstein_critic.comparison", scope)
    before = {path: path.stat().st_mtime_ns for path in scope.kept.glob("*.png")}
    do("wasserstein_critic.comparison", scope)
    assert before
    assert before == {path: path.stat().st_mtime_ns for path in scope.kept.glob("*.png")}


def test_an_ablation_leaves_terms_out(scope):
    """Rows are painted differently; the larger bound may always be the same one."""
    rows = {
        label: paint(scope, scope.pairs[0], "strotss", **settings).image
        for label, settings in ROWS.items()
    }
    alike = [pair for pair in combinations(rows, 2) if torch.equal(*map(rows.get, pair))]
    assert alike in ([], [("R_A", "l_r")], [("R_B", "l_r")])


def test_relaxed_is_at_most_exact_and_two_gaussians_are_told_apart():
    from replication.gaussian_w2.demonstration import gram, squared

    assert (gram(), squared()) == (0, pytest.approx(2))
    for row in json.loads((RESULTS / "strotss.remd.json").read_text())["table"]:
        assert 0 < row["least"] <= row["most"] <= 1


def test_results_are_of_all_experiments_in_full_and_the_page_is_theirs():
    assert {path.stem for path in RESULTS.glob("*.json")} <= set(EXPERIMENTS)
    for path in RESULTS.glob("*.json"):
        on = json.loads(path.read_text())["done_on"]
        assert on["size"] in {FULL.size, FULL.curve_size}
        assert len(on["pairs"]) == len(FULL.pairs)
    assert PAGE.read_text() == page()
