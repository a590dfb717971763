"""What the page can ask for, and what it is told."""

import asyncio
import json
import shlex
from io import BytesIO
from pathlib import Path

import pytest
import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from wasserstyle import image as images
from wasserstyle.web.app import create_app
from wasserstyle.web.events import Events
from web.studios import BLUE, GREEN, QUICK, RED, encoded, mask, page_of

EXAMPLES = Path(__file__).parents[2] / "examples"
RECIPE = {"recipe": 1}
SOURCE = {"name": "a", "path": "/etc/passwd", "sha256": "0"}
WHOLE = {
    "recipe": 1,
    "method": "strotss",
    "settings": {},
    "size": 64,
    "seed": 0,
    "color": "style",
    "device": "cpu",
    "backbone": "vgg16",
    "weights": "/etc/passwd",
    "content": SOURCE,
    "styles": [SOURCE],
}
"""A recipe that asks for files nobody may have."""


@pytest.fixture
def submit(client, order):
    return lambda **more: client.post("/api/jobs", json=order(**more))


@pytest.fixture
def finished(submit, painters, project):
    """A job whose result is a known picture."""

    def make(recipe=RECIPE, alpha=None):
        key = submit().json()["id"]
        image = torch.linspace(0, 1, 3 * 6 * 8).reshape(1, 3, 6, 8)
        for suffix in ("tif", "png"):
            path = project.folder / "jobs" / key / f"result.{suffix}"
            images.write(image, path, recipe=recipe, alpha=alpha)
        about = {"width": 8, "height": 6, "seconds": 1.5, "recipe": recipe}
        painters[-1].says("done", key, result=about)
        return key, image

    return make


def refused(answer, status=422, *words):
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    message = answer.json()["error"]
    assert "\n" not in message
    assert all(word in message for word in words), message
    return True


# -------------------------------------------------------------------- pictures


def test_a_new_project_is_empty(client, project):
    state = client.get("/api/state").json()
    assert state == {
        "project": str(project.folder),
        "pictures": [],
        "jobs": [],
        "limits": {"bytes": 100_000_000, "pixels": 100_000_000},
        "threads": torch.get_num_threads(),
        "device": "cuda" if torch.cuda.is_available() else "cpu",
    }


def test_a_picture_comes_back_to_be_looked_at(client):
    headers = {"X-Name": "caf%C3%A9%20%2F..%2Fau%20lait.png"}
    picture = client.post("/api/pictures", content=encoded(), headers=headers).json()
    assert picture == {"id": picture["id"], "name": "au lait.png", "width": 20, "height": 12}
    assert client.get("/api/state").json()["pictures"] == [picture]
    view = client.get(f"/api/pictures/{picture['id']}/view")
    assert view.headers["content-type"] == "image/jpeg"
    assert "immutable" in view.headers["cache-control"]
    assert Image.open(BytesIO(view.content)).size == (20, 12)


def test_a_picture_that_cannot_be_read_is_refused_in_the_readers_words(client, project):
    answer = client.post("/api/pictures", content=encoded()[:100], headers={"X-Name": "a.png"})
    assert refused(answer, 422, "a.png: ", "cut short")
    assert str(project.folder) not in answer.text
    assert refused(client.post("/api/masks", content=b"nothing"), 422, "PNG")


def test_bodies_have_limits(client, monkeypatch):
    monkeypatch.setattr("wasserstyle.web.app.MAX_BYTES", 1_000_000)
    monkeypatch.setattr("wasserstyle.web.app.MAX_JOB_BYTES", 1_000_000)
    for path in ("pictures", "masks", "recipes", "jobs"):
        answer = client.post(f"/api/{path}", content=bytes(1_000_001))
        assert refused(answer, 413, "1 MB")
    assert refused(client.post("/api/pictures", content=bytes(1_000_000)), 422)


def test_examples_are_listed_seen_and_taken(client):
    known = client.get("/api/examples").json()
    assert "cat.jpg" in known["content"]
    assert "swirls.jpg" in known["style"]
    small = client.get("/api/examples/content/cat.jpg/view")
    assert max(Image.open(BytesIO(small.content)).size) == 320
    picture = client.post("/api/examples/style/swirls.jpg").json()
    whole = (EXAMPLES / "style" / "swirls.jpg").read_bytes()
    assert picture["name"] == "swirls.jpg"
    assert client.post("/api/pictures", content=whole).json()["id"] == picture["id"]


@pytest.mark.parametrize(
    "path",
    [
        "content/swirls.jpg",
        "secret/cat.jpg",
        "content/..%2Fstyle%2Fswirls.jpg",
        "content/%2e%2e",
        "..%2Fcontent/cat.jpg",
    ],
)
def test_only_examples_are_examples(client, path):
    assert refused(client.post(f"/api/examples/{path}"), 404)
    assert refused(client.get(f"/api/examples/{path}/view"), 404)


def test_a_mask_comes_back_as_it_was(client):
    data = encoded(mode="RGBA")
    mask = client.post("/api/masks", content=data).json()
    assert mask == {"id": mask["id"], "width": 20, "height": 12}
    answer = client.get(f"/api/masks/{mask['id']}")
    assert (answer.content, answer.headers["content-type"]) == (data, "image/png")


@pytest.mark.parametrize(
    "key",
    ["0" * 16, "..%2Findex", "%2e%2e%2findex.sqlite", "lock.sqlite", "%00", "*", "a" * 5000],
)
def test_ids_are_never_paths(client, key, project):
    (project.folder / "masks" / "index.png").write_bytes(encoded())
    for path in (
        "pictures/{}/view",
        "masks/{}",
        "jobs/{}",
        "jobs/{}/preview",
        "jobs/{}/result.png",
    ):
        assert refused(client.get(f"/api/{path.format(key)}"), 404)
    for verb in ("stop", "cancel", "resume"):
        assert refused(client.post(f"/api/jobs/{key}/{verb}"), 404)
    assert refused(client.delete(f"/api/jobs/{key}"), 404)


def test_what_is_not_there_is_said_in_the_same_form(client):
    assert refused(client.get("/api/nothing"), 404)
    assert refused(client.get("/nothing"), 404)
    assert refused(client.delete("/api/state"), 405)


# -------------------------------------------------------------------- jobs


def test_a_job_knows_what_was_asked_and_how_to_repeat_it(submit, client, order):
    answer = submit(settings={"content_weight": 2.5, "layers": ["rgb", "relu1_1"]})
    job = answer.json()
    assert answer.status_code == 201
    assert set(job) == {
        *("id", "number", "status", "request", "created", "updated", "progress", "curve"),
        *("result", "error", "notes", "command", "version"),
    }
    request = order(settings={"content_weight": 2.5, "layers": ["rgb", "relu1_1"]})
    assert job["request"] == request
    assert client.get(f"/api/jobs/{job['id']}").json() == job
    assert client.get("/api/state").json()["jobs"] == [job]
    content, style = request["content"], request["styles"][0]["id"]
    assert shlex.split(job["command"]) == [
        *("wasserstyle", "transfer", f"pictures/{content}.png", f"pictures/{style}.png"),
        *("-o", "picture-picture-1.png", "--method", "strotss", "--preset", "default"),
        *("--size", "64", "--seed", "0", "--color", "style"),
        *("-s", "content_weight=2.5", "-s", "layers=rgb,relu1_1"),
    ]


def test_the_command_line_understands_the_command(submit, project, monkeypatch, run):
    command = submit(settings=QUICK | {"layers": ["rgb", "relu1_1"]}).json()["command"]
    monkeypatch.chdir(project.folder)
    code, _, err = run(*shlex.split(command)[1:], "--dry-run")
    assert (code, err) == (0, "")


def test_several_styles_have_their_weights_in_the_command(submit, order):
    first = order()["styles"][0]["id"]
    styles = [{"id": first, "weight": 2.0}, {"id": order()["content"], "weight": 0.5}]
    words = shlex.split(submit(styles=styles).json()["command"])
    assert words[words.index("--style-weights") + 1] == "2.0,0.5"


MISTAKES = {
    "json": (b"{", []),
    "list": (b"[]", []),
    "deep": (b"[" * 100_000, []),
    "empty": ({}, ["content"]),
    "unknown entry": ({"device": "cuda"}, ["device"]),
    "weights": ({"settings": {"weights": "/etc/passwd"}}, ["no setting 'weights'"]),
    "device": ({"settings": {"device": "meta"}}, ["no setting 'device'"]),
    "run weights": ({"run": {"weights": "/etc/passwd"}}, ["'weights'"]),
    "no picture": ({"content": "0" * 16}, ["not in the project"]),
    "path": ({"content": "../index.sqlite"}, ["content"]),
    "no style": ({"styles": []}, ["styles"]),
    "other style": ({"styles": [{"id": "0" * 16, "weight": 1}]}, ["not in the project"]),
    "method": ({"method": "strots"}, ["did you mean strotss"]),
    "preset": ({"preset": "__class__"}, ["no preset", "known"]),
    "file": (
        {"method": "adain", "settings": {"trained": "/etc/passwd"}},
        ["trained names a file"],
    ),
    "setting": ({"settings": {"sample": 3}}, ["nearest: samples"]),
    "value": ({"settings": {"samples": 3}}, ["samples = 3", "between 8"]),
    "size": ({"run": {"size": 15}}, ["size"]),
    "yes": ({"run": {"size": True}}, ["size"]),
    "seed": ({"run": {"seed": -1}}, ["seed"]),
    "color": ({"run": {"color": "blue"}}, ["choose from style, keep"]),
    "huge": (b'{"settings": {"alpha": 1e999}}', []),
    "point": (
        {"guidance": {"points": [{"content": [0.5, 1.5], "style": [0, 0]}]}},
        ["points.0"],
    ),
    "mask": ({"guidance": {"content_mask": "0" * 16}}, ["mask", "not in the project"]),
    "mask path": ({"guidance": {"content_mask": "../../x"}}, ["content_mask"]),
    "start": ({"start": "0" * 16}, ["no picture to go on from"]),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_request_is_checked_before_it_is_queued(client, order, case):
    mistake, words = MISTAKES[case]
    if case == "empty":
        body = b"{}"
    else:
        body = mistake if isinstance(mistake, bytes) else json.dumps(order() | mistake)
    assert refused(client.post("/api/jobs", content=body), 422, *words)
    assert client.get("/api/state").json()["jobs"] == []


@pytest.mark.parametrize(
    "weight", ["0", "-1", "NaN", "Infinity", "1e999", '"1"', "true", "null"]
)
def test_weights_are_positive_numbers(client, order, weight):
    body = json.dumps(order()).replace('"weight": 1.0', f'"weight": {weight}')
    assert refused(client.post("/api/jobs", content=body), 422, "styles.0.weight")


def test_a_job_may_go_on_from_the_picture_of_another(submit, finished, project, client):
    assert refused(submit(start=submit().json()["id"]), 422, "no picture to go on from")
    client.post(f"/api/jobs/{client.get('/api/state').json()['jobs'][0]['id']}/cancel")
    key, image = finished()
    job = submit(start=key).json()
    kept = images.read(project.folder / "jobs" / job["id"] / "start.tif").rgb
    torch.testing.assert_close(kept, image, atol=1 / 65535, rtol=0)
    assert job["request"]["start"] == key
    assert job["command"].endswith(f"--start jobs/{job['id']}/start.tif")
    assert client.delete(f"/api/jobs/{key}").status_code == 200
    assert (project.folder / "jobs" / job["id"] / "start.tif").exists()


def test_previews(submit, client, project):
    key = submit().json()["id"]
    assert refused(client.get(f"/api/jobs/{key}/preview"), 404)
    (project.folder / "jobs" / key / "preview.jpg").write_bytes(b"picture")
    answer = client.get(f"/api/jobs/{key}/preview")
    assert (answer.content, answer.headers["content-type"]) == (b"picture", "image/jpeg")


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
def test_a_result_is_downloaded_with_its_recipe(finished, client, tmp_path, suffix):
    recipe = {"recipe": 1, "words": "été"}
    key, image = finished(recipe)
    answer = client.get(f"/api/jobs/{key}/result.{suffix}")
    name = f"picture-picture-1.{suffix}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    path = tmp_path / name
    path.write_bytes(answer.content)
    assert images.read_recipe(path) == recipe
    tolerance = {"png": 0.5 / 255, "tif": 0.5 / 65535}.get(suffix, 0.1)
    torch.testing.assert_close(images.read(path).rgb, image, atol=tolerance + 1e-6, rtol=0)


def test_there_is_no_result_before_the_end_and_in_no_other_format(finished, submit, client):
    key, _ = finished()
    for suffix in ("bmp", "resume", "..%2F", "png%00", "PNG"):
        assert refused(client.get(f"/api/jobs/{key}/result.{suffix}"), 404)
    waiting = submit().json()["id"]
    assert refused(client.get(f"/api/jobs/{waiting}/result.png"), 404, "no result")


def test_a_download_is_named_after_what_it_shows(client, painters, finished, order, project):
    data = encoded(seed=5)
    name = {"X-Name": "Mona%20Lisa%20(%C3%A9t%C3%A9)%2F%22..%22%20%E7%8C%AB.tar.png"}
    content = client.post("/api/pictures", content=data, headers=name).json()["id"]
    key, _ = finished()
    request = project.job(key).request | {"content": content}
    project.change_job(key, request=request)
    header = client.get(f"/api/jobs/{key}/result.png").headers["content-disposition"]
    assert header == 'attachment; filename="tar-picture-1.png"'


# -------------------------------------------------------------------- guidance


@pytest.fixture
def guided(client):
    """Guidance of masks and points, as the page sends it."""

    def make(own=None, theirs=None, **more):
        ids = [m and client.post("/api/masks", content=m).json()["id"] for m in (own, theirs)]
        plain = {"content_mask": ids[0], "style_masks": [ids[1]], "names": {}, "points": []}
        return {"guidance": plain | more}

    return make


PAIR = {"content": [0.25, 0.5], "style": [0.75, 0.0], "which": 0}


def test_guidance_comes_back_with_notes_in_the_users_words(submit, guided, client):
    more = guided(mask(RED, BLUE), mask(RED, GREEN), names={BLUE: "sky"}, points=[PAIR])
    job = submit(**more).json()
    assert job["request"]["guidance"] == more["guidance"]
    assert job["notes"] == [
        "mask of the content: sky (50.0%) has no counterpart; the whole style is used there",
        f"mask of a style: {GREEN} (50.0%) has no counterpart; no region is painted like it",
    ]
    assert client.get(f"/api/jobs/{job['id']}").json()["notes"] == job["notes"]


def test_a_mask_of_another_shape_is_a_note(submit, guided):
    wide = guided(mask(RED, BLUE, width=60), mask(RED, BLUE))
    (note,) = submit(**wide).json()["notes"]
    assert note.startswith("mask of the content: 60 x 12 pixels for a picture of 20 x 12")


@pytest.mark.parametrize(
    ("own", "theirs", "more", "words"),
    [
        (mask(RED, RED), mask(BLUE, BLUE), {}, ["mask of the content has", "share no colour"]),
        (mask(RED, BLUE), None, {}, ["come in pairs"]),
        (None, mask(RED, BLUE), {}, ["come in pairs"]),
        (None, None, {"points": [PAIR | {"which": 1}]}, ["not there", "1 are"]),
        (None, None, {"style_masks": [None, None]}, ["2 style masks for 1 styles"]),
    ],
)
def test_guidance_that_cannot_be_used_is_refused(submit, guided, own, theirs, more, words):
    answer = submit(**guided(own, theirs, **more))
    assert refused(answer, 422, *words)
    assert ".png" not in answer.text


def test_a_method_that_does_not_follow_guidance_refuses_it(submit, guided, monkeypatch):
    monkeypatch.setattr("wasserstyle.methods.strotss.Strotss.guides", frozenset())
    assert refused(submit(**guided(points=[PAIR])), 422, "does not follow points")


def test_guidance_is_in_the_command(submit, guided, project, client, monkeypatch, run):
    more = guided(mask(RED, BLUE), mask(RED, BLUE), points=[PAIR])
    job = submit(**more).json()
    words, own = shlex.split(job["command"]), more["guidance"]
    assert words[-6:] == [
        *("--content-mask", f"masks/{own['content_mask']}.png"),
        *("--style-mask", f"masks/{own['style_masks'][0]}.png"),
        *("--points", f"jobs/{job['id']}/points.json"),
    ]
    monkeypatch.chdir(project.folder)
    assert run(*words[1:], "--dry-run", "-q") == (0, "", "")


def test_a_picture_restores_its_guidance(client, run, photograph, painting, tmp_path):
    (tmp_path / "own.png").write_bytes(mask(RED, BLUE))
    (tmp_path / "theirs.png").write_bytes(mask(BLUE, RED))
    more = ["--content-mask", tmp_path / "own.png", "--style-mask", tmp_path / "theirs.png"]
    more += ["--point", "0.25,0.5:0.75,0.0"]
    data = painted(run, photograph, painting, tmp_path / "a.png", *more)
    own = client.post("/api/masks", content=mask(RED, BLUE)).json()["id"]
    request = client.post("/api/recipes", content=data).json()["request"]
    assert request["guidance"] == {
        "content_mask": own,
        "style_masks": [None],
        "names": {},  # one is not here
        "points": [PAIR],
    }


# -------------------------------------------------------------------- recipes


def painted(run, photograph, painting, out, *more):
    quick = [word for k, v in QUICK.items() for word in ("-s", f"{k}={v}")]
    code, _, err = run("transfer", photograph, painting, "-o", out, "--size", 64, *quick, *more)
    assert code == 0, err
    return out.read_bytes()


def test_a_picture_restores_its_settings(client, run, photograph, painting, tmp_path):
    more = ["--seed", "7", "--preset", "fast", "--content-weight", "2.5", "--color", "keep"]
    data = painted(run, photograph, painting, tmp_path / "a.png", *more)
    content = client.post("/api/pictures", content=photograph.read_bytes()).json()["id"]
    answer = client.post("/api/recipes", content=data).json()
    assert answer["recipe"] == images.read_recipe(tmp_path / "a.png")
    assert answer["request"] == {
        "content": content,
        "styles": [{"id": None, "weight": 1.0}],  # this one is not in the project
        "method": "strotss",
        "preset": "fast",
        "settings": QUICK | {"content_weight": 2.5},
        "run": {"size": 64, "seed": 7, "color": "keep"},
        "guidance": {"content_mask": None, "style_masks": [], "names": {}, "points": []},
        "start": None,
    }


def test_a_request_from_a_recipe_can_be_sent(client, run, photograph, painting, tmp_path):
    data = painted(run, photograph, painting, tmp_path / "a.jpg")
    for path in (photograph, painting):
        client.post("/api/pictures", content=path.read_bytes())
    request = client.post("/api/recipes", content=data).json()["request"]
    assert client.post("/api/jobs", json=request).status_code == 201


@pytest.mark.parametrize(
    "recipe",
    [
        {"recipe": 2},
        {"recipe": 1},
        {"method": "other"},
        {"method": 5},
        {"settings": {"samples": 10**400}},
        {"size": 10**9},
        {"color": "blue"},
        {"styles": "all"},
        {"styles": [{"name": "a", "path": "a", "sha256": "0", "weight": -1}]},
        {"styles": [{"name": "a", "path": None, "sha256": "0"}]},
        {"guidance": {"content_mask": 5, "style_masks": [], "regions": [], "points": []}},
        {"guidance": {"style_masks": [], "regions": [], "points": [{"content": "here"}]}},
    ],
)
def test_a_recipe_may_be_anyones(client, recipe, tmp_path, project):
    data = recipe if recipe == {"recipe": 1} else WHOLE | recipe
    path = images.write(torch.zeros(1, 3, 4, 4), tmp_path / "a.png", recipe=data)
    answer = client.post("/api/recipes", content=path.read_bytes())
    assert refused(answer, 422)
    assert str(project.folder) not in answer.text


def test_numbers_that_json_has_no_form_for_are_refused(client, tmp_path):
    """1e999 is read as infinity, and no browser could read that back."""
    picture, text = PngInfo(), json.dumps(WHOLE | {"extra": 5}).replace("5", "1e999")
    picture.add_itxt("wasserstyle", text)
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", pnginfo=picture)
    data = (tmp_path / "a.png").read_bytes()
    assert refused(client.post("/api/recipes", content=data), 422, "not finite")


@pytest.mark.parametrize("data", [b"", b"text", encoded(), encoded(kind="BMP"), encoded()[:90]])
def test_a_picture_without_a_recipe_says_so(client, data, project):
    answer = client.post("/api/recipes", content=data)
    assert refused(answer, 422, "picture: ")
    assert str(project.folder) not in answer.text
    assert list((project.folder / "pictures").iterdir()) == []


# -------------------------------------------------------------------- events


def heard(events, count, act):
    """The first events that a page hears while something happens."""

    async def listen():
        texts = []
        stream = events.stream()
        async with asyncio.timeout(10):
            texts.append(await anext(stream))
            await asyncio.to_thread(act)
            while sum(text.count("event:") for text in texts) < count:
                texts.append(await anext(stream))
            await stream.aclose()
        return "".join(texts)

    return asyncio.run(listen())


def parsed(text):
    blocks = [b for b in text.split("\n\n") if b.startswith("event:")]
    return [
        (b.split("\n")[0][len("event: ") :], json.loads(b.split("\n")[1][len("data: ") :]))
        for b in blocks
    ]


def test_pages_hear_of_jobs(studio, submit, client, painters):
    key = submit().json()["id"]
    progress = {"fraction": 0.5, "objective": 2.0}
    said = heard(studio.events, 1, lambda: painters[0].says("progress", key, progress=progress))
    ((kind, data),) = parsed(said)
    job = client.get(f"/api/jobs/{key}").json()
    curve, _ = job.pop("curve"), job.pop("request")
    assert (kind, data) == ("job", job | {"point": curve[-1]})
    assert data["point"] == [0.5, 2.0]


def test_pages_hear_that_a_job_was_removed(studio, submit, client):
    submit()
    key = submit().json()["id"]
    said = heard(studio.events, 1, lambda: client.delete(f"/api/jobs/{key}"))
    assert parsed(said) == [("removed", {"id": key})]


def test_a_slow_page_hears_only_how_things_are_now():
    events = Events()

    def much():
        for i in range(1000):
            events.publish("job", {"id": "a", "i": i})
        events.publish("job", {"id": "b"})

    assert parsed(heard(events, 2, much)) == [
        ("job", {"id": "a", "i": 999}),
        ("job", {"id": "b"}),
    ]


def test_a_quiet_stream_is_kept_alive(monkeypatch):
    monkeypatch.setattr("wasserstyle.web.events.BEAT_SECONDS", 0.01)

    async def listen():
        stream = Events().stream()
        texts = [await anext(stream) for _ in range(3)]
        await stream.aclose()
        return texts

    assert all(text.endswith(": still here\n\n") for text in asyncio.run(listen())[1:])


def test_streams_end_with_the_studio(studio):
    async def listen():
        stream = studio.events.stream()
        await anext(stream)
        asyncio.get_running_loop().call_later(0.01, studio.events.close)
        async with asyncio.timeout(5):
            rest = [text async for text in stream]
            late = [text async for text in studio.events.stream()]
        return rest, late

    rest, late = asyncio.run(listen())
    assert rest == []
    assert len(late) == 1


def test_a_page_that_went_is_forgotten(studio):
    heard(studio.events, 1, lambda: studio.events.publish("job", {"id": "a"}))
    studio.events.publish("job", {"id": "a"})  # its loop is closed: would fail
    assert studio.events._pages == set()


def test_a_reload_finds_everything(studio, submit, client, order, painters):
    keys = [submit().json()["id"] for _ in range(3)]
    painters[0].says("progress", keys[0], progress={"fraction": 0.1, "objective": 1.0})
    before = client.get("/api/state").json()
    assert [job["id"] for job in before["jobs"]] == keys[::-1]
    assert page_of(studio).get("/api/state").json() == before
    assert create_app(studio) is not None
