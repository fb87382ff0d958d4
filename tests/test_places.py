"""Where a run's files go: into its folder and nowhere else, whatever stands there already."""

from __future__ import annotations

import json
import sys
import threading
import time

import pytest

from footprint import writing
from footprint.errors import InputError


def put(out, *, files=("index.html", "tables/pcns.csv", "stills/pcn-U1.png")):
    """Put a small run into its place as :func:`footprint.pipeline.analyse` does."""
    writing.tried(out)
    with writing.aside(out) as folder:
        for name in files:
            (folder / name).parent.mkdir(exist_ok=True)
            writing.text(folder / name, "new")
        return writing.swap(out, folder, {}, time.perf_counter())


def listing(out):
    """Every file below a folder."""
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}


@pytest.fixture
def places(tmp_path):
    """A folder with a run in it, and one beside it that is somebody else's."""
    out, other = tmp_path / "out", tmp_path / "other"
    other.mkdir()
    (other / "pcns.csv").write_text("theirs")
    put(out)
    return out, other


def test_a_second_run_takes_away_what_the_first_alone_wrote(places):
    """Files of an earlier run that are gone go; what is not ours stays."""
    out, _ = places
    (out / "notes.txt").write_text("mine")
    put(out, files=("index.html",))
    assert listing(out) == {"index.html", "run.json", "notes.txt"}


@pytest.mark.parametrize("name", ["tables", "stills"])
@pytest.mark.parametrize("there", ["link", "dangling link", "file"])
def test_a_folder_that_leads_elsewhere_is_refused(places, name, there):
    """A link in the place of a run's folder is not followed: nothing is written anywhere."""
    out, other = places
    for path in sorted((out / name).iterdir()):
        path.unlink()
    (out / name).rmdir()
    if there == "file":
        (out / name).write_text("x")
    else:
        (out / name).symlink_to(other if there == "link" else out / "nowhere")
    before = {path: path.read_text() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=f"--out: found a {there.split()[-1]}: .*{name}"):
        put(out)
    assert {path: path.read_text() for path in out.rglob("*") if path.is_file()} == before
    assert (other / "pcns.csv").read_text() == "theirs"


@pytest.mark.parametrize("name", ["index.html", "run.json", "footprint.xlsx"])
def test_a_folder_where_a_file_goes_is_refused(tmp_path, name):
    """Told before the work, not when half of the files are in their place."""
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=f"a folder: .*{name}; expected a file, or nothing"):
        writing.tried(tmp_path)


def test_a_link_in_the_place_of_a_file_is_replaced_not_followed(places):
    """The file that it led to stays as it was."""
    out, other = places
    (out / "index.html").unlink()
    (out / "index.html").symlink_to(other / "pcns.csv")
    put(out)
    assert (other / "pcns.csv").read_text() == "theirs"
    assert not (out / "index.html").is_symlink()


@pytest.mark.parametrize(
    "record",
    [
        "[" * 100_000,
        '{"outputs": ' + "[" * 90_000 + "]" * 90_000 + "}",
        '{"outputs": 3}',
        "\x00",
        json.dumps({"outputs": ["a" * 5_000, "x\0y", "", ".", 3, None]}),
        json.dumps({"outputs": ["notes.txt", "photos/one.jpg", "link/pcns.csv", "tables/notes.txt",
                                "../other/pcns.csv", "tables/../../other/pcns.csv"]}),
    ],
)  # fmt: skip
def test_a_record_that_somebody_changed_deletes_nothing_of_theirs(places, record):
    """Of the names in run.json only such as a run writes are believed."""
    out, other = places
    (out / "photos").mkdir()
    (out / "link").symlink_to(other)
    mine = [out / "notes.txt", out / "photos" / "one.jpg", out / "tables" / "notes.txt"]
    for path in mine:
        path.write_text("mine")
    (out / "run.json").write_text(record)
    put(out)
    assert all(path.read_text() == "mine" for path in mine)
    assert (other / "pcns.csv").read_text() == "theirs"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows holds no folder")
def test_of_two_runs_at_once_one_waits(places):
    """While one puts its files in their place the other does not, so that one's stand together."""
    out, _ = places
    with writing._alone(out):
        second = threading.Thread(target=put, args=(out,), kwargs={"files": ("map.html",)})
        second.start()
        second.join(0.3)
        assert second.is_alive()
        assert not (out / "map.html").exists()
    second.join(10)
    assert listing(out) == {"map.html", "run.json"}


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    """A name that no file system takes is a fault of --out."""
    with pytest.raises(InputError, match="--out"):
        writing.tried(tmp_path / ("x" * 5_000))
