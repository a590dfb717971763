"""Batches in this process: same bytes as one by one, what is done, what fails, where it goes."""

import json

import pytest

from batch.conftest import PATTERN, QUICK, picture, written
from wasserstyle.batch import Crew, look, read_jobs
from wasserstyle.batch.rows import product
from wasserstyle.runs.stylizer import Stylizer, make_options

ALL = ("contents", "--style", "styles", "-o", PATTERN)


def statuses(records):
    return {r["out"]: r["status"] for r in records if "out" in r}


def test_the_bytes_are_those_of_transfer(batch, place, run):
    adain = ("--method", "adain", "--size", "64", "--threads", "1")
    for number, quick in enumerate((QUICK, adain)):
        assert batch(*ALL[:4], f"out{number}/{{content}}-{{style}}.png", quick=quick)[0] == 0
        for content in "abc":
            out = f"one/{content}.png"
            assert (
                run("transfer", f"contents/{content}.png", "styles/y.png", "-o", out, *quick)[0]
                == 0
            )
            many = place / f"out{number}" / f"{content}-y.png"
            assert many.read_bytes() == (place / out).read_bytes()


def test_what_is_done_is_left_and_what_changed_is_painted(batch, place):
    assert batch(*ALL)[0] == 0
    first = written(place / "out")
    code, records, said = batch(*ALL)
    assert code == 0
    assert set(statuses(records).values()) == {"done already"}
    assert "0 to paint, 6 done already" in said

    picture(place / "styles" / "x.png", 30)  # other bytes of the same name
    (place / "out" / "a-y.png").write_bytes(b"damaged")
    code, records, _ = batch(*ALL)
    again = {out for out, status in statuses(records).items() if status == "painted"}
    assert again == {"out/a-x.png", "out/b-x.png", "out/c-x.png", "out/a-y.png"}
    assert written(place / "out")["a-y.png"] == first["a-y.png"]
    assert written(place / "out")["a-x.png"] != first["a-x.png"]

    for change in (("-s", "strength=0.5"), ("--seed", "3"), ("--color", "keep")):
        code, records, _ = batch("contents/a.png", *ALL[1:], *change)
        assert set(statuses(records).values()) == {"painted"}
    code, records, _ = batch("contents/a.png", *ALL[1:], "--color", "keep", "--force")
    assert set(statuses(records).values()) == {"painted"}


def test_files_may_move_and_guided_pictures_are_known_again(batch, place):
    row = {"content": "contents/a.png", "style": "styles/x.png", "out": "own.png"}
    row |= {"point": "1,1:2,2", "iterations": 1, "samples": 16, "style_pool": 50}
    path, quick = place / "list.json", ("--method", "strotss", "--size", "32", "--threads", "1")
    path.write_text(json.dumps([row]))
    assert statuses(batch("--jobs", path, quick=quick)[1]) == {"own.png": "painted"}
    (place / "styles").rename(place / "moved")
    path.write_text(json.dumps([row | {"style": "moved/x.png"}]))
    assert statuses(batch("--jobs", path, quick=quick)[1]) == {"own.png": "done already"}
    path.write_text(json.dumps([row | {"style": "moved/x.png", "point": "1,1:3,2"}]))
    assert "1 to paint, 0 done already" in batch("--jobs", path, "--dry-run", quick=quick)[2]


def test_one_broken_input_does_not_stop_the_others(batch, place):
    (place / "contents" / "b.png").write_bytes(b"no picture at all")
    code, records, said = batch(*ALL[:2], "styles/x.png", *ALL[3:], "--retries", "2")
    assert code == 1
    (failed,) = [r for r in records if r["status"] == "failed"]
    assert (failed["out"], failed["tries"]) == ("out/b-x.png", 3)
    assert sorted(written(place / "out")) == ["a-x.png", "c-x.png"]
    table = said[said.index("what did not work") :].splitlines()
    assert len(table) == 2
    assert table[1].startswith("out/b-x.png")
    assert "is not a picture of a known kind" in table[1]
    assert records[-1]["failed"] == 1


def test_styles_are_prepared_once(batch):
    records = batch(*ALL)[1]
    assert records[-1]["stylizers"] == 2  # for six pictures
    assert [r["out"][-5] for r in records[:-1]] == ["x"] * 3 + ["y"] * 3


def test_a_dry_run_says_what_there_is_to_do(batch, place):
    code, records, said = batch(*ALL, "--dry-run")
    assert (code, records) == (0, [])
    assert "6 to paint, 0 done already" in said
    assert not (place / "out").exists()


@pytest.mark.parametrize("scheme", ["memory", "file"])
def test_results_go_to_any_url(batch, place, scheme):
    import fsspec

    folder = f"{scheme}://{place}/far"
    pattern = f"{folder}/{{content}}.png"
    assert batch("contents", "--style", "styles/x.png", "-o", pattern)[0] == 0
    assert batch("contents", "--style", "styles/x.png", "-o", "here/{content}.png")[0] == 0
    system, path = fsspec.url_to_fs(folder)
    names = sorted(name.rpartition("/")[2] for name in system.ls(path, detail=False))
    assert names == ["a.png", "b.png", "c.png"]
    for name in names:
        assert system.cat_file(f"{path}/{name}") == (place / "here" / name).read_bytes()
    records = batch("contents", "--style", "styles/x.png", "-o", pattern)[1]
    assert set(statuses(records).values()) == {"done already"}


def test_memory_is_divided_among_workers(place, monkeypatch):
    """Room for two of the size, so two of four workers; none is asked for more than there is."""
    rows = product(["contents"], ["styles"])
    jobs = read_jobs(rows, {"out": PATTERN, "size": 512, "precision": "float32"})
    need = 650e6 + 3600 * 512**2  # measured: of a process, and of a pixel
    monkeypatch.setattr("wasserstyle.batch.run.free_bytes", lambda _: 2.9 * need)
    outlook = look(jobs, Crew(workers=4, cluster="processes"), force=False)
    assert outlook.crew.workers == 2
    assert outlook.notes[0].startswith("2 of 4 workers: each may need 1.6 GB and")
    monkeypatch.setattr("wasserstyle.batch.run.free_bytes", lambda _: 99 * need)
    outlook = look(jobs, Crew(workers=4, cluster="processes"), force=False)
    assert (outlook.crew.workers, outlook.notes) == (4, ())


def test_without_ray_a_cluster_is_refused_in_a_line(batch, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    code, _, said = batch(*ALL, "--cluster", "10.0.0.1:6379")
    assert code == 2
    assert "wasserstyle: --cluster needs Ray: pip install 'wasserstyle[ray]'" in said


def test_a_cluster_that_is_not_there_is_a_line(batch):
    code, _, said = batch(*ALL, "--cluster", "127.0.0.1:9")
    assert code == 2
    assert "no Ray cluster at '127.0.0.1:9'" in said.splitlines()[-1]


def test_a_stylizer_takes_over_the_network_of_another_if_it_is_the_same(content, style):
    first = Stylizer(style, options=make_options("adain", "default", {"size": 32}))
    same = make_options("adain", "default", {"size": 48, "precision": first.precision})
    assert Stylizer(content, options=same, like=first).features is first.features
    for other in (("adain", {"precision": "float16"}), ("gatys", {})):
        options = make_options(other[0], "default", other[1])
        assert Stylizer(content, options=options, like=first).features is not first.features
