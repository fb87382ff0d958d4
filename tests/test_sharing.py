"""A version to share: no file of it holds or gives back a small count of patients or staff."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from test_disclosure import bounds
from toy import County, code_of, pcn_code

from footprint import cli, pipeline, settings, sharing
from footprint.disclosure import Rule
from footprint.report import columns, geopackage, shared

#  B's stray cell lies behind A; each PCN has people in other cells too
DRAWING = """
AAABBB
AAABBB
CCCABB
CCCABB
"""
#: few people far from home: practice of A, B or C (Z00000, Z00001, Z00002), cell, how many
FEW = (
    ("Z00000", (0, 4), 3), ("Z00000", (1, 5), 5), ("Z00000", (2, 0), 1), ("Z00000", (3, 1), 7),
    ("Z00000", (2, 5), 26), ("Z00001", (0, 0), 2), ("Z00001", (1, 1), 6), ("Z00001", (2, 1), 4),
    ("Z00001", (3, 2), 41), ("Z00002", (0, 1), 5), ("Z00002", (1, 3), 1), ("Z00002", (3, 5), 2),
    ("Z00002", (0, 2), 18), ("Z00003", (0, 0), 3), ("Z00003", (2, 2), 640),
    ("Z00003", (1, 2), 241),
    ("Z00003", (1, 1), 98),
    ("Z00003", (3, 2), 152),
)  # fmt: skip
PRACTICES = [
    ("Z00000", "A", 0, 0),
    ("Z00001", "B", 0, 3),
    ("Z00002", "C", 2, 0),
    ("Z00003", "-", 1, 2),
]
TEAMS = "team_id team_name service_id base_name easting northing wte pcn_codes".split()
SERVICES = (
    "service_id service_name demand_driver wte_per_10000 min_team_wte min_population"
    " max_travel_minutes level"
).split()


def county(few=FEW, *, staff=(14.3, 9.6, 3.2), patients=1_900):
    """The county: three PCNs, two services with three teams, and one with a driver of its own."""
    made = County(
        DRAWING,
        patients=patients,
        practices=PRACTICES,
        extra=[
            *((practice, code_of(*cell), people) for practice, cell, people in few),
            ("Z00001", "E99999999", 6),
            ("Z00002", "S01000001", 23),
        ],
    )
    a, b, c = (pcn_code(letter) for letter in "ABC")
    made.files["teams"] = (
        TEAMS,
        [
            ("N1", "North", "nursing", "Elm", 400_500, 303_500, staff[0], f"{a};{b}"),
            ("N2", "South", "nursing", "Oak", 400_500, 300_500, staff[1], c),
            ("F1", "Feet", "feet", "Elm", 400_500, 303_500, staff[2], f"{a};{b};{c}"),
        ],
    )
    made.files["services"] = (
        SERVICES,
        [
            ("nursing", "Nursing", "registered", 6, 2, 5_000, 45, ""),
            ("feet", "Podiatry", "registered", 1, 1, 30_000, 60, ""),
            ("home", "Home visits", "housebound", 40, 1, 1_000, 60, ""),
        ],
    )
    made.files["attributes"] = (
        ["PCN_CODE", "housebound", "lead"],
        [(a, 6, "Ann"), (b, 233, "Ben"), (c, 152, "Cat")],
    )
    made.policy = {"population_min": 10_000, "population_max": 20_000}
    return made


def analysed(folder, made, **options):
    """Write the county and analyse it; the folder of the files."""
    pipeline.analyse(made.write(folder / "in"), out=folder / "out", **options)
    return folder / "out"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The county's shared files."""
    return analysed(tmp_path_factory.mktemp("shared"), county(), share=8)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same county's analysis as it is."""
    folder = tmp_path_factory.mktemp("plain")
    return pipeline.study(settings.load(county().write(folder)))


def table(out, name):
    """One table, codes as text."""
    return pd.read_csv(out / "tables" / f"{name}.csv", keep_default_na=True)


# -- what is shown -------------------------------------------------------------------------------


def test_small_counts_of_patients_are_blank_and_others_multiples_of_5(out, plain):
    """Every table and layer that counts patients shows no count from 1 to 7 and rounds others."""
    for name, keys in shared.PEOPLE.items():
        frames = []
        if (out / "tables" / f"{name}.csv").exists():
            frames.append(table(out, name))
        if name in geopackage.LAYERS:
            frames.append(gpd.read_file(out / "footprint.gpkg", layer=name))
        assert frames
        for frame in frames:
            for key in set(keys) & set(frame.columns):
                seen = pd.to_numeric(frame[key]).dropna()
                assert (seen % 5 == 0).all(), (name, key)
    true = plain.tables["small_areas"]["patients"].to_numpy()
    seen = table(out, "small_areas")["patients"].to_numpy()
    small = (true > 0) & (true < 8)
    assert small.sum() >= 8
    assert np.isnan(seen[small]).all()
    rest = ~np.isnan(seen)
    assert (seen[rest] == Rule().rounded(true[rest])).all()


def test_small_staff_are_blank_and_others_multiples_of_5(out):
    """Teams under 8 WTE are not shown, nor is a sum of which they are a part."""
    assert table(out, "teams").set_index("team_id")["wte"].to_dict() == pytest.approx(
        {"F1": np.nan, "N1": 15.0, "N2": 10.0}, nan_ok=True
    )
    services = table(out, "services").set_index("service_id")
    assert services.loc["nursing", "staff_wte"] == 25
    assert np.isnan(services.loc["feet", "staff_wte"])
    for name, keys in shared.STAFF.items():
        frame = (
            gpd.read_file(out / "footprint.gpkg", layer=name)
            if name == "bases"
            else table(out, name)
        )
        for key in keys:
            seen = pd.to_numeric(frame[key]).dropna()
            assert ((seen == 0) | (seen >= 8)).all(), (name, key)
            assert (seen % 5 == 0).all(), (name, key)


def test_public_list_sizes_stand_as_they_are(out, plain):
    """List sizes, need at the user's ratio and verdicts are those of the plain version."""
    for name, key in (("pcns", "list_size"), ("practices", "list_size"), ("pcns", "verdict"),
                      ("pcns", "flags"), ("groups", "population")):  # fmt: skip
        seen, true = table(out, name)[key], plain.tables[name][key]
        assert seen.fillna("").tolist() == true.tolist(), (name, key)
    need = table(out, "demand")
    mine = need["service_id"] == "nursing"
    assert need.loc[mine, "wte"].tolist() == pytest.approx(
        plain.tables["demand"].loc[mine.to_numpy(), "wte"].tolist()
    )


def test_a_users_own_counts_by_pcn_are_counts_too(out):
    """A driver of the user's is hidden or rounded and need follows; texts stay, numbers go."""
    mine = table(out, "demand").query("service_id == 'home'")
    assert mine["driver_population"].tolist() == pytest.approx([np.nan, 235, 150], nan_ok=True)
    assert mine["wte"].tolist() == pytest.approx([0.02, 0.94, 0.6])
    heading = list(table(out, "pcns").columns)
    assert "housebound" not in heading
    assert "lead" in heading
    why = table(out, "services").set_index("service_id").loc["home", "why"]
    assert not re.search(r"\d{2}", why)


def test_shares_stay_close_to_the_true_ones(out, plain):
    """What is worked out from shown counts is good for a reader: within half a per cent here."""
    seen, true = table(out, "pcns"), plain.tables["pcns"]
    for key in ("retention", "dominance"):
        assert seen[key].to_numpy() == pytest.approx(true[key].to_numpy(), abs=0.005)


def test_every_page_says_so(out):
    """Footers, notes, workbook and pictures say what is not shown."""
    said = "Counts from 1 to 7 are not shown; others are rounded to 5."
    for name in ("index.html", "map.html", "report.html"):
        text = (out / name).read_text()
        assert said in text[text.index('<footer class="foot">') :]
    record = json.loads((out / "run.json").read_text())
    assert any(said in note for note in record["notes"])
    with zipfile.ZipFile(out / "footprint.xlsx") as book:
        assert said in book.read("xl/worksheets/sheet1.xml").decode()


def test_run_json_gives_no_hash_to_test_a_guess_with(out):
    """Files of counts have no hash, solvers no costs, audits no sums; the rule is told."""
    record = json.loads((out / "run.json").read_text())
    assert record["share"] == {"threshold": 8, "base": 5}
    for key, file in record["inputs"].items():
        assert (file["sha256"] is None) == (key in shared.GUESSED)
    for claim in record["solver"].values():
        assert {value for key, value in claim.items() if key not in shared.CLAIMED} <= {None}
    assert record["audit"]["ok"] is True
    assert {check["detail"] for check in record["audit"]["checks"]} == {""}
    counts = record["counts"]
    assert counts["registered"] == counts["placed"] + counts["unplaced"] + counts["set_aside"]


def test_how_many_are_placed_is_one_figure(out):
    """The note, the table and run.json have the same number of placed patients."""
    placed = json.loads((out / "run.json").read_text())["counts"]["placed"]
    assert placed % 5, "a multiple of 5 would be the same rounded again"
    page = (out / "index.html").read_text()
    assert f" {placed:,} are placed" in page
    assert f">{placed:,}<" in page


def test_pages_hold_no_word_for_nothing(out):
    """A figure that is not shown is a dash, never "nan" or "None"."""
    for name in ("index.html", "map.html", "report.html"):
        text = re.sub(r"<(script|style)\b.*?</\1>", "", (out / name).read_text(), flags=re.DOTALL)
        assert not re.search(r"\bnan\b|\bNaN\b|\bNone\b(?! unless)", text)


# -- nothing gives it back -----------------------------------------------------------------------


def everything(out):
    """Text of every file of a run: cells of the workbook and rows of the GeoPackage included."""
    texts = []
    for path in sorted(out.rglob("*")):
        if path.suffix in {".csv", ".html", ".json"}:
            texts.append((path.name, path.read_text(encoding="utf-8")))
        elif path.suffix == ".svg":
            # letters are drawn as lines; what they say stands in comments
            said = re.findall("<!--(.*?)-->", path.read_text(encoding="utf-8"), re.DOTALL)
            texts.append((path.name, "\n".join(said)))
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                texts += [(name, book.read(name).decode()) for name in book.namelist()]
        elif path.suffix == ".gpkg":
            base = sqlite3.connect(path)
            for (name,) in base.execute("select name from sqlite_master where type = 'table'"):
                rows = base.execute(f'select * from "{name}"').fetchall()
                cells = [cell for row in rows for cell in row if not isinstance(cell, bytes)]
                texts.append((name, "\n".join(map(str, cells))))
    return texts


def test_no_file_holds_a_number_that_is_not_shown(tmp_path):
    """With a threshold of 2,000, counts and WTE that nobody could mistake are in no file at all."""
    hidden = [1_237, 1_301, 1_429, 1_493, 1_583, 1_657, 1_759, 1_867]
    few = [(practice, cell, number)
           for (practice, cell, _), number in zip(FEW, hidden, strict=False)]  # fmt: skip
    made = county(few, staff=(13.37, 17.91, 23.71), patients=2_600)
    path = made.write(tmp_path / "in")
    words = {f"{number:,}" for number in hidden} | {str(number) for number in hidden}
    words |= {"13.37", "17.91", "23.71", "13.4", "17.9", "23.7"}
    # rounded they would tell nearly as much
    words |= {str(5 * round(number / 5)) for number in hidden}
    any_of = "|".join(map(re.escape, sorted(words)))
    look = re.compile(rf"(?<![\w.,#-])({any_of})(?![\w.]|,\d)")
    assert look.findall("1237 patients, 1,301; 13.37 WTE; 21237") == ["1237", "1,301", "13.37"]
    pipeline.analyse(path, out=tmp_path / "out", share=2_000)
    found = {(name, match) for name, text in everything(tmp_path / "out")
             for match in look.findall(text)}  # fmt: skip
    assert found == set()


def test_no_total_gives_a_hidden_count_back(out, plain):
    """By linear programs over cells and public lists each hidden count can be anything, 1 to 7."""
    true = plain.tables["small_areas"]
    seen = table(out, "small_areas")["patients"].to_numpy()
    hidden = np.isnan(seen)
    values = true["patients"].to_numpy(float)
    lists = table(out, "pcns").set_index("pcn_code")["list_size"]
    # who is nowhere on the map may be anybody's: what the file of reasons shows, and its rounding
    lost = int(json.loads((out / "run.json").read_text())["counts"]["unplaced"]) + 2
    totals = [
        (np.flatnonzero(true["pcn_code"] == code).tolist(), size - lost, size)
        for code, size in lists.items()
    ]
    found = bounds(values, hidden, totals)
    assert len(found) >= 8
    for cell, (least, most) in found.items():
        if values[cell] < 8:
            assert least <= 1 + 1e-9
            assert most >= 7 - 1e-9


def test_true_totals_would_give_counts_back(out, plain):
    """The attack is not toothless: told the true totals of small areas it pins hidden counts."""
    true = plain.tables["small_areas"]
    hidden = np.isnan(table(out, "small_areas")["patients"].to_numpy())
    everybody = plain.patch.area_totals
    totals = [
        (np.flatnonzero(true["small_area_code"] == code).tolist(), 0, everybody[code])
        for code in true["small_area_code"].unique()
    ]
    found = bounds(true["patients"].to_numpy(float), hidden, totals)
    assert any(most < 7 for _, most in found.values())


#: the same lists and the same shown counts, other hidden ones: A's and B's move between areas
OTHER = tuple(
    (practice, cell, {3: 6, 5: 2, 1: 3, 7: 5, 2: 1, 6: 5, 4: 6}.get(people, people))
    if practice in {"Z00000", "Z00001"} and people < 8 else (practice, cell, people)
    for practice, cell, people in FEW
)  # fmt: skip


def hashes(out):
    """Hash of each file; what a run took is left out."""
    found = {}
    for path in sorted(out.rglob("*")):
        if path.is_file():
            data = re.sub(rb'"seconds": [0-9.]+', b"", path.read_bytes())
            found[path.relative_to(out).as_posix()] = hashlib.sha256(data).hexdigest()
    return found


def test_other_hidden_counts_give_the_same_bytes(out, tmp_path):
    """Of two patches that show the same no file differs: what is hidden is in none of them."""
    sums = {}
    for few in (FEW, OTHER):
        for practice, _, people in few:
            sums[few, practice] = sums.get((few, practice), 0) + people
    assert FEW != OTHER
    assert all(sums[FEW, practice] == sums[OTHER, practice] for practice, *_ in PRACTICES)
    # staff that are shown alike too: 15, 10 and nothing
    other = analysed(tmp_path, county(OTHER, staff=(14.0, 9.8, 5.1)), share=8)
    assert hashes(other) == hashes(out)


# -- the gate ------------------------------------------------------------------------------------


def test_every_column_of_numbers_has_been_thought_about(plain):
    """Each is a count, staff, or named as one that may stand; an unknown one is left empty."""
    known = {
        name: {*shared.PEOPLE.get(name, ()), *shared.STAFF.get(name, ()),
               *shared.PLAIN.get(name, "").split()}
        for name in [*plain.tables, *plain.layers]
    }  # fmt: skip
    for name, frame in {**plain.layers, **plain.tables}.items():
        numbers = {key for key in frame.columns if key != "geometry" and len(frame)
                   and columns.is_number(frame[key])}  # fmt: skip
        assert numbers <= known[name], name
    content = pipeline.describe(plain)
    strange = plain.tables["parts"].assign(new=3)
    shown = shared.content(
        pipeline.dataclasses.replace(content, tables={**content.tables, "parts": strange}), 8
    )
    assert shown.tables["parts"]["new"].isna().all()


def test_a_patch_with_land_around_is_shared_too(tmp_path):
    """How far the land around is known is no count: maps and stills of a shared version need it."""
    # A A D
    # A A D, D of another ICB
    out = analysed(tmp_path, County("AAD\nAAD", outside="D", patients=400), share=8)
    assert (out / "stills" / "footprints.png").stat().st_size > 0
    result = pipeline.study(settings.load(tmp_path / "in" / "patch.toml"))
    shown = pipeline.describe(pipeline.to_share(result, 8), share=8)
    assert len(result.layers["surroundings"]) == 1
    assert shown.layers["surroundings"].equals(result.layers["surroundings"])


def test_a_verdict_that_shown_counts_would_turn_stays_as_it_was(plain):
    """Its figures and evidence are not shown then."""
    before = plain.checked
    after = pipeline.dataclasses.replace(before, checks=before.checks.copy())
    after.checks.loc[0, "verdict"] = "flag" if before.checks.loc[0, "verdict"] != "flag" else "pass"
    made = sharing.judged(before, after)
    assert made.checks["verdict"].tolist() == before.checks["verdict"].tolist()
    assert made.checks.loc[0, "evidence"] == sharing.NOT_SHOWN
    assert np.isnan(made.checks.loc[0, "figure"])
    assert made.overall["verdict"].equals(before.overall["verdict"])
    assert (
        not (made.evidence["pcn_code"] == before.checks.loc[0, "pcn_code"])
        .where(made.evidence["check"] == before.checks.loc[0, "check"], other=False)
        .any()
    )


def test_nothing_is_hidden_without_the_option(plain):
    """A plain run says nothing of sharing and shows every count."""
    content = pipeline.describe(plain)
    assert content.shared == ""
    seen = content.tables["small_areas"]["patients"]
    assert seen.equals(plain.tables["small_areas"]["patients"])
    assert ((seen > 0) & (seen < 8)).any()
    assert content.services[0].moved_wte >= 0


def test_the_command_line_takes_the_threshold(tmp_path, monkeypatch):
    """--share-threshold is of --share, at least 3, and 8 where it is not given."""
    asked = []

    def analyse(patch, *, out, share, **_):
        asked.append(share)
        return pipeline.Run(out, out / "index.html", (), (), ())

    monkeypatch.setattr(pipeline, "analyse", analyse)

    def code(*options):
        return CliRunner().invoke(cli.main, ["analyse", str(tmp_path), *options]).exit_code

    assert code("--share-threshold", "10") == 2
    assert code("--share", "--share-threshold", "2") == 2
    assert asked == []
    assert [code(), code("--share"), code("--share", "--share-threshold", "11")] == [0, 0, 0]
    assert asked == [None, 8, 11]
    assert "Counts from 1 to 10 are not shown" in shared.says(11)
