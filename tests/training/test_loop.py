"""The loop: the same bits after a stop, wherever it comes."""

import pytest
import torch
from torch import nn

from wasserstyle.errors import BadRecipe
from wasserstyle.training.loop import FIRST, Plan, train


class Line:
    """Learns y = 2x from numbers that depend on the step."""

    def __init__(self):
        torch.manual_seed(0)
        self.network = nn.Linear(1, 1)
        self.state = self.network
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=0.05)
        self.optimisers = {"line": self.optimiser}

    def step(self, number):
        x = torch.randn(8, 1, generator=torch.Generator().manual_seed(number))
        loss = (self.network(x) - 2 * x).square().mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return {"loss": loss.item()}


class Noting:
    """Keeps what it is told."""

    def __init__(self):
        self.steps, self.checkpoints, self.begun = [], [], []

    def begin(self, done, average):
        self.begun.append(done)

    def step(self, done, noted):
        self.steps.append((done, noted["loss"]))

    def checkpoint(self, done, average):
        self.checkpoints.append((done, {k: v.clone() for k, v in average.items()}))


def run(folder, steps, every=3):
    lesson, watch = Line(), Noting()
    done = train(lesson, Plan(steps=steps, folder=folder, every=every), watch).done
    seen = watch.steps
    kept = torch.load(folder / "checkpoint.pt", weights_only=True)
    return lesson, seen, kept, done


def test_a_run_in_two_parts_is_the_run_in_one(tmp_path):
    _, whole, at_once, _ = run(tmp_path / "a", 20)
    _, first, *_ = run(tmp_path / "b", 7)
    _, second, in_two, done = run(tmp_path / "b", 20)
    assert done == 20
    assert first + second == whole
    for key in ("state", "average"):
        for name, value in at_once[key].items():
            assert torch.equal(value, in_two[key][name])


def test_a_run_that_was_killed_goes_on_from_its_last_checkpoint(tmp_path):
    class Killed(Line):
        def step(self, number):
            if number == 8:
                raise KeyboardInterrupt
            return super().step(number)

    with pytest.raises(KeyboardInterrupt):
        train(Killed(), Plan(steps=20, folder=tmp_path, every=3), Noting())
    _, seen, kept, _ = run(tmp_path, 20)
    assert seen[0][0] == 7
    *_, whole, _ = run(tmp_path / "whole", 20)
    assert all(torch.equal(v, whole["state"][k]) for k, v in kept["state"].items())


def test_the_average_follows_the_weights(tmp_path):
    lesson = Line()
    before = lesson.network.weight.detach().clone()
    trained = train(lesson, Plan(steps=1, folder=tmp_path), Noting())
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    kept = 1 / (1 + FIRST)
    wanted = kept * before + (1 - kept) * lesson.network.weight
    torch.testing.assert_close(saved["average"]["weight"], wanted)
    torch.testing.assert_close(trained.average["weight"], wanted)


def test_the_watch_sees_every_checkpoint_with_its_average(tmp_path):
    watch = Noting()
    train(Line(), Plan(steps=7, folder=tmp_path, every=3), watch)
    assert [done for done, _ in watch.checkpoints] == [3, 6, 7]
    first, second, _ = (average["weight"] for _, average in watch.checkpoints)
    assert not torch.equal(first, second)


def test_time_runs_out_between_steps(tmp_path):
    watch = Noting()
    done = train(Line(), Plan(steps=10**9, folder=tmp_path, seconds=0.2), watch).done
    assert 0 < done == watch.steps[-1][0] < 10**6
    assert (tmp_path / "checkpoint.pt").exists()


def test_a_checkpoint_of_something_else_is_refused(tmp_path):
    tmp_path.joinpath("checkpoint.pt").parent.mkdir(exist_ok=True)
    torch.save({"done": 3, "state": {"other": torch.zeros(1)}}, tmp_path / "checkpoint.pt")
    with pytest.raises(BadRecipe, match="of another network"):
        run(tmp_path, 5)
