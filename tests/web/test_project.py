"""What is kept on disk, and what of it may be lost: nothing."""

import shutil
import sqlite3
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from wasserstyle.errors import BadImage, CannotWrite
from wasserstyle.image import read
from wasserstyle.web import pictures
from wasserstyle.web.project import Project
from web.studios import encoded

REQUEST = {"method": "strotss"}


def files(project, folder="."):
    paths = (project.folder / folder).rglob("*")
    return {str(p.relative_to(project.folder)) for p in paths if p.is_file()}


def grey_png(width, height):
    """A picture of few bytes and many pixels; whole up to 10 000 rows."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * min(height, 10_000), 9)
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp"), ("TIFF", ".tif"), ("BMP", ".bmp")],
)
def test_a_picture_is_kept_as_it_came(project, kind, suffix):
    data = encoded(30, 20, kind)
    picture = project.add_picture(data, "Seaside.of.mine.JPG")
    assert picture.id == sha256(data).hexdigest()[:16]
    assert (picture.width, picture.height, picture.name) == (30, 20, "Seaside.of.mine.JPG")
    assert picture.path.name == f"{picture.id}{suffix}"  # by its bytes, whatever its name says
    assert (project.folder / picture.path).read_bytes() == data
    assert project.picture(picture.id) == picture
    assert files(project, "pictures") == {str(picture.path), str(picture.view_path)}


def test_equal_bytes_are_one_picture(project):
    first = project.add_picture(encoded(), "first")
    assert project.add_picture(encoded(), "second") == first
    assert project.pictures() == [first]


def test_equal_bytes_at_the_same_time_are_one_picture(project):
    data = encoded(200, 200)
    with ThreadPoolExecutor(8) as pool:
        kept = set(pool.map(lambda i: project.add_picture(data, f"{i}").id, range(16)))
        masks = set(pool.map(lambda i: project.add_mask(data), range(8)))
    assert kept == {p.id for p in project.pictures()}
    assert len(kept) == len(masks) == 1
    assert len(files(project, "pictures")) == 2
    assert len(files(project, "masks")) == 1


def test_the_page_sees_a_small_upright_picture(project):
    file = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.new("RGB", (3200, 800), "red").save(file, "JPEG", exif=exif)
    picture = project.add_picture(file.getvalue(), "a")
    assert (picture.width, picture.height) == (800, 3200)
    with Image.open(project.folder / picture.view_path) as view:
        assert (view.format, view.size) == ("JPEG", (400, 1600))


def test_the_page_sees_what_is_transparent(project):
    picture = project.add_picture(encoded(mode="RGBA"), "a")
    shown = read(project.folder / picture.view_path)
    assert shown.alpha is not None
    assert shown.rgb.shape == (1, 3, 12, 20)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\Temp\\passwd", "a/\x00\npasswd", " passwd "]
)
def test_names_are_labels(project, name):
    picture = project.add_picture(encoded(), name)
    assert picture.name == "passwd"
    assert files(project, "pictures") == {str(picture.path), str(picture.view_path)}


@pytest.mark.parametrize("name", ["", "/", "\r\n"])
def test_a_picture_without_a_name_has_one(project, name):
    assert project.add_picture(encoded(), name).name == "picture"


@pytest.mark.parametrize(
    "data", [b"", b"<svg/>", encoded()[:200], b"\x89PNG\r\n\x1a\n" + bytes(50)]
)
@pytest.mark.parametrize("add", ["add_picture", "add_mask"])
def test_what_is_no_picture_leaves_nothing_behind(project, data, add):
    before = files(project)
    with pytest.raises(BadImage) as refused:
        getattr(project, add)(data, *(["holiday.jpg"] if add == "add_picture" else []))
    assert str(project.folder) not in str(refused.value)
    assert str(refused.value).startswith(("holiday.jpg: ", "mask: "))
    assert files(project) == before
    assert project.pictures() == []


@pytest.mark.parametrize("size", [(10_001, 10_000), (60_000, 60_000)])
@pytest.mark.parametrize("add", ["add_picture", "add_mask"])
def test_many_pixels_in_few_bytes_are_never_decoded(project, size, add, monkeypatch):
    data = grey_png(*size)
    assert len(data) < 100_000
    monkeypatch.setattr("wasserstyle.web.pictures.images.read", None)
    with pytest.raises(BadImage, match="at most 100 megapixels"):
        getattr(project, add)(data, *(["bomb"] if add == "add_picture" else []))


def test_a_picture_at_the_limit_of_pixels_is_fine_to_look_at():
    assert pictures.suffix_of(grey_png(10_000, 10_000), "large") == ".png"


def test_masks_are_png_and_kept_as_they_came(project):
    data = encoded(mode="RGBA")
    key, width, height = project.add_mask(data)
    assert (width, height) == (20, 12)
    assert (project.folder / project.mask(key)).read_bytes() == data
    with pytest.raises(BadImage, match="no PNG"):
        project.add_mask(encoded(kind="JPEG"))


@pytest.mark.parametrize("key", ["../index", "..", "", "0" * 16, "0123456789ABCDEF", "a" * 17])
def test_ids_that_nobody_made_are_unknown(project, key):
    (project.folder / "masks" / "0123456789ABCDEF.png").write_bytes(encoded())
    assert project.mask(key) is None
    assert project.picture(key) is None
    assert project.job(key) is None


def test_jobs_are_numbered_once_and_queued_in_order(project):
    first, second = (project.add_job(REQUEST, ["a note"], {}) for _ in range(2))
    assert (first.number, second.number) == (1, 2)
    assert (first.status, first.request, first.notes) == ("queued", REQUEST, ["a note"])
    assert [job.id for job in project.jobs()] == [second.id, first.id]
    assert project.next_job() == first
    project.remove_job(second)
    assert project.job(second.id) is None
    assert not (project.folder / second.folder).exists()
    assert project.add_job(REQUEST, [], {}).number == 3  # two downloads never share a name


def test_what_a_job_needs_is_its_own(project):
    earlier = project.add_job(REQUEST, [], {})
    (project.folder / earlier.folder / "result.tif").write_bytes(b"picture")
    files = {"start.tif": earlier.folder / "result.tif", "points.json": b"{}"}
    job = project.add_job(REQUEST, [], files)
    project.remove_job(earlier)
    kept = {path.name: path.read_bytes() for path in (project.folder / job.folder).iterdir()}
    assert kept == {"start.tif": b"picture", "points.json": b"{}"}


def test_all_columns_are_there_after_closing(tmp_path):
    with Project(tmp_path) as project:
        picture = project.add_picture(encoded(), "a")
        job = project.add_job(REQUEST, [], {})
        project.change_job(
            job.id,
            progress={"fraction": 0.5},
            curve=[[0.5, 1.0]],
            result={"width": 1},
            error="x",
        )
        changed = project.job(job.id)
    assert changed.progress == {"fraction": 0.5}
    assert changed.updated >= job.updated
    with Project(tmp_path) as project:
        assert project.pictures() == [picture]
        assert project.jobs() == [changed]


def test_a_project_can_be_moved(tmp_path):
    with Project(tmp_path / "here") as project:
        picture = project.add_picture(encoded(), "a")
    shutil.move(tmp_path / "here", tmp_path / "there")
    with Project(tmp_path / "there") as project:
        assert (project.folder / project.picture(picture.id).path).read_bytes() == encoded()


def test_what_was_half_done_when_the_studio_was_killed_is_tidied(tmp_path):
    with Project(tmp_path) as project:
        job = project.add_job(REQUEST, [], {})
        state = project.folder / job.folder / "state.resume"
    litter = [
        tmp_path / "pictures" / ".0123.part",
        state.with_name(".0123.part"),
        state.with_name("state.resume.0123"),
        tmp_path / "jobs" / "0123456789abcdef" / "preview.jpg",
    ]
    state.write_bytes(b"state")
    for path in litter:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "jobs" / "notes").mkdir()  # of the user
    with Project(tmp_path):
        assert not any(path.exists() for path in litter)
        assert state.exists()
        assert (tmp_path / "jobs" / "notes").exists()


def test_a_project_is_open_once(tmp_path):
    with (
        Project(tmp_path),
        pytest.raises(CannotWrite, match=f"^{tmp_path}: another studio has this project open"),
    ):
        Project(tmp_path)
    with Project(tmp_path):
        pass


SPOILT = {
    "a file": lambda folder: folder.write_text("not a folder"),
    "no index": lambda folder: (make(folder) / "index.sqlite").write_text("no index" * 100),
    "no lock": lambda folder: (make(folder) / "lock.sqlite").mkdir(),
}


def make(folder):
    folder.mkdir()
    return folder


@pytest.mark.parametrize("case", SPOILT)
def test_a_folder_that_cannot_be_used_is_named(tmp_path, case):
    folder = tmp_path / "project"
    SPOILT[case](folder)
    with pytest.raises(CannotWrite, match="cannot be used as a project"):
        Project(folder)


def test_many_threads_write_at_once(project):
    job = project.add_job(REQUEST, [], {})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: project.change_job(job.id, version=i), range(200)))
        list(pool.map(lambda _: project.add_job(REQUEST, [], {}), range(20)))
    assert len({j.number for j in project.jobs()}) == 21


def test_the_index_survives_a_kill_in_the_middle_of_writing(project):
    """WAL: a reader of the files as they are now sees whole rows only."""
    job = project.add_job(REQUEST, [], {})
    copy = project.folder.parent / "copy"
    shutil.copytree(project.folder, copy)  # while it is open
    with sqlite3.connect(copy / "index.sqlite") as index:
        assert index.execute("SELECT id FROM jobs").fetchall() == [(job.id,)]
    index.close()
