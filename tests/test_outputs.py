"""What is written beside the pages: tables, workbook, GeoPackage, stills and charts."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import sqlite3
import time
import xml.etree.ElementTree as ET
import zipfile

import geopandas as gpd
import helpers_content as helpers
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
import xlsxwriter
from markupsafe import Markup
from matplotlib.text import Text
from PIL import Image

from footprint.errors import ModelError
from footprint.report import (
    charts,
    charts_catchments,
    charts_staff,
    columns,
    csvs,
    drawing,
    geopackage,
    layers,
    palette,
    pcn_map,
    pcn_stills,
    raster,
    still_layers,
    stills,
    svg,
    views,
)
from footprint.report import workbook as workbooks
from footprint.report.names import short
from footprint.report.sheet import TableSheet

ALL_HOSTILE = "\u2028".join(helpers.HOSTILE)


@pytest.fixture(scope="module")
def content():
    """Content of the tiny grid."""
    return helpers.content()


@pytest.fixture(scope="module")
def written(content, tmp_path_factory):
    """Folder with every file of the tiny grid, and when it was ready."""
    folder = tmp_path_factory.mktemp("written")
    write_all(content, folder)
    return folder, time.monotonic()


@pytest.fixture(scope="module")
def book(written):
    """The workbook, read."""
    return openpyxl.load_workbook(written[0] / "footprint.xlsx")


def write_all(content, folder):
    """Write every file that is no page."""
    csvs.write(content.tables, folder / "tables")
    workbooks.write(content, folder / "footprint.xlsx")
    geopackage.write(content, folder / "footprint.gpkg")
    return stills.write(content, folder / "stills")


def sheet_rows(book, name):
    """All rows of a sheet as tuples of values."""
    return list(book[name].iter_rows(values_only=True))


# -- tables as csv -------------------------------------------------------------------------------


def test_csv_has_one_line_end_and_no_mark(content, tmp_path):
    """CSV files are UTF-8 without a byte-order mark, with LF alone."""
    raw = csvs.write(content.tables, tmp_path)["pcns"].read_bytes()
    assert raw.startswith(b"pcn_code,pcn_name,")
    assert b"\r" not in raw
    assert raw.endswith(b"\n")


def test_csv_decimals_follow_the_kind_of_column(tmp_path):
    """Shares have 4 decimals, WTE 2, minutes 1, counts none, and missing is empty."""
    table = pd.DataFrame(
        {
            "share": [1 / 3, None],
            "wte": [2.005, -0.001],
            "minutes": [12.25, np.inf],
            "patients": [3.0, np.nan],
            "population": pd.array([None, 7], dtype="Int64"),
            "figure": [54_000.0, 0.25],
            "covered": [True, False],
        }
    )
    path = csvs.write({"made": table}, tmp_path)["made"]
    assert path.read_text().splitlines()[1:] == [
        "0.3333,2.00,12.2,3,,54000,1",
        ",0.00,,,7,0.25,0",
    ]


def test_csv_keeps_text_as_it_is(tmp_path):
    """Names that look like formulas, and a lone CR, come back from a CSV reader unchanged."""
    texts = [*helpers.HOSTILE, "a,b", 'say "hi"', "two\nlines", "lone\rreturn", "\ttab", "-1"]
    path = csvs.write({"made": pd.DataFrame({"pcn_name": texts})}, tmp_path)["made"]
    with path.open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file)][1:] == texts


def test_csv_holds_every_row_and_column(content, tmp_path):
    """A table read back has its rows, its columns in their order, and its sums."""
    paths = csvs.write(content.tables, tmp_path)
    assert set(paths) == set(content.tables)
    for name, frame in content.tables.items():
        back = pd.read_csv(paths[name])
        assert list(back.columns) == list(frame.columns)
        assert len(back) == len(frame)
    allocation = pd.read_csv(paths["allocation"])
    assert allocation["wte"].sum() == pytest.approx(content.tables["allocation"]["wte"].sum())


def test_csv_of_an_empty_table_has_its_heading(tmp_path):
    """A table without rows is a file with its heading."""
    empty = pd.DataFrame(columns=["service_id", "pcn_code", "wte", "reason"])
    path = csvs.write({"vacancies": empty}, tmp_path)["vacancies"]
    assert path.read_text() == "service_id,pcn_code,wte,reason\n"


# -- workbook ------------------------------------------------------------------------------------


def test_workbook_has_a_sheet_per_table(content, book):
    """Every table has a sheet with all its rows, behind a first sheet that names it."""
    titles = [columns.table(name).title for name in columns.in_order(content.tables)]
    assert book.sheetnames == ["Start here", *titles, "Columns"]
    first = [row[0] for row in book["Start here"].iter_rows(values_only=True)]
    assert first[0] == "Testshire"
    assert set(titles) <= set(first)
    for name in content.tables:
        assert book[columns.table(name).title].max_row == 1 + len(content.tables[name])


def test_workbook_sums_are_those_of_the_tables(book):
    """WTE and patients add up to what the tables hold, as numbers and not as text."""
    heading, *rows = sheet_rows(book, "Allocation")
    at = heading.index("WTE today")
    assert sum(row[at] for row in rows) == pytest.approx(25.0)
    heading, *rows = sheet_rows(book, "PCNs")
    assert sum(row[heading.index("List size")] for row in rows) == 104_000


def test_workbook_freezes_filters_and_colours(book):
    """Headings stay in sight, can be filtered, and a flag is coloured and still a word."""
    sheet = book["PCNs"]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref.startswith("A1:")
    at = [cell.value for cell in sheet[1]].index("Verdict") + 1
    flagged, passed = sheet.cell(2, at), sheet.cell(4, at)
    assert (flagged.value, passed.value) == ("flag", "pass")
    assert flagged.fill.fgColor.rgb != passed.fill.fgColor.rgb
    at = [cell.value for cell in sheet[1]].index("Retention") + 1
    assert sheet.cell(2, at).number_format == "0.0%"


def test_workbook_sentences_can_be_read_whole(content, tmp_path):
    """A long finding stands in one wrapped cell over the first sheet's columns, high enough."""
    long = "Every word of it can be read. " * 20
    made = dataclasses.replace(content, findings=[long.strip()])
    sheet = openpyxl.load_workbook(workbooks.write(made, tmp_path / "f.xlsx"))["Start here"]
    cell = next(row[0] for row in sheet.iter_rows() if str(row[0].value).startswith("Every word"))
    assert cell.value == long.strip()
    assert cell.alignment.wrap_text
    assert f"A{cell.row}:C{cell.row}" in {str(each) for each in sheet.merged_cells.ranges}
    # 599 letters over columns of 154 are four lines with a little room
    assert sheet.row_dimensions[cell.row].height == 60


def test_workbook_goes_on_paper(book):
    """A4, landscape, headings on every page, so many pages side by side that they can be read."""
    for sheet in book.worksheets:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.page_setup.fitToHeight == 0
        wide = sum(
            # the file's widths have a margin; neighbours of one width are one entry
            (each.width - 0.71) * (each.max - each.min + 1)
            for each in sheet.column_dimensions.values()
        )
        pages = sheet.page_setup.fitToWidth or 1
        assert pages - 1 < wide / 240 <= pages
        if sheet.title != "Start here":
            assert sheet.print_title_rows == "$1:$1"
            # what says whose a row is comes again on the pages beside
            assert sheet.print_title_cols == ("$A:$B" if pages > 1 else None)
    assert book["PCNs"].page_setup.fitToWidth == 2


def test_workbook_figures_and_words_keep_apart(content, tmp_path):
    """Words keep off the cell's edge, headings stand over what they head, rows are high enough."""
    checks = content.tables["checks"].copy()
    checks.loc[0, "evidence"] = "Evidence of many words. " * 10
    made = dataclasses.replace(content, tables={**content.tables, "checks": checks})
    sheet = openpyxl.load_workbook(workbooks.write(made, tmp_path / "f.xlsx"))["Checks"]
    at = {cell.value: cell.column for cell in sheet[1]}
    for name, horizontal, indent in (("Figure", "right", 2), ("Threshold", "left", 1)):
        heading = sheet.cell(1, at[name]).alignment
        assert (heading.horizontal, heading.indent) == (horizontal, indent)
    assert sheet.cell(2, at["Threshold"]).alignment.indent == 1
    evidence = sheet.cell(2, at["Evidence"])
    assert evidence.alignment.wrap_text
    # 240 letters in a column of 72 are four lines; the next row's few words are one
    assert sheet.row_dimensions[2].height == 60
    assert sheet.row_dimensions[3].height is None


def test_workbook_rounds_as_the_csv_does(content, tmp_path):
    """A figure half way between two decimals is one and the same in both files."""
    frame = content.tables["parts"].head(1)
    frame = pd.concat([frame] * 4, ignore_index=True)
    frame["share"] = [0.00125, 0.00375, 0.48125, 1 / 3]
    made = dataclasses.replace(content, tables={**content.tables, "parts": frame})
    sheet = openpyxl.load_workbook(workbooks.write(made, tmp_path / "f.xlsx"))["Parts"]
    at = [cell.value for cell in sheet[1]].index("Share")
    there = [row[at] for row in sheet.iter_rows(min_row=2, values_only=True)]
    told = csvs.as_text(frame["share"], "share").tolist()
    assert [f"{each:.4f}" for each in there] == told == ["0.0012", "0.0038", "0.4812", "0.3333"]


def test_workbook_says_measures_and_shares_as_pages_do(content, tmp_path):
    """A profile's measures stand in words, its shares as percentages; other figures alike."""
    profile = pd.DataFrame(
        {
            "pcn_code": ["U00001"] * 3,
            "measure": ["imd_decile_3", "density", "rural_share"],
            "value": [0.25, 1234.5, 1.0],
            "unit": ["share", "people per square km", "share"],
        }
    )
    mixed = content.tables["pcns"].assign(weight=[1.0, 2.5, 3.0])
    made = dataclasses.replace(
        content, tables={**content.tables, "profile": profile, "pcns": mixed}
    )
    book = openpyxl.load_workbook(workbooks.write(made, tmp_path / "f.xlsx"))
    sheet = book["Profile"]
    at = {cell.value: cell.column for cell in sheet[1]}
    assert [sheet.cell(row, at["Measure"]).value for row in (2, 3, 4)] == [
        "Patients living in deprivation decile 3",
        "Registered people per square km of its footprint",
        "Patients in its footprint who live in rural small areas",
    ]
    formats = [sheet.cell(row, at["Value"]).number_format for row in (2, 3, 4)]
    assert formats == ["0.0%", "#,##0", "0.0%"]
    sheet = book["PCNs"]
    column = [cell.value for cell in sheet[1]].index("Weight") + 1
    assert {sheet.cell(row, column).number_format for row in (2, 3, 4)} == {"#,##0.00"}


def test_workbook_names_stand_beside_codes(book):
    """A sheet that holds codes only shows the names as well."""
    heading, first, *_ = sheet_rows(book, "Allocation")
    row = dict(zip(heading, first, strict=True))
    assert (row["PCN"], row["Team"], row["Service"]) == ("Alder PCN", "North nurses", "Nursing")
    heading, first, *_ = sheet_rows(book, "Adjoining PCNs")
    assert heading[:4] == ("PCN", "Its name", "Adjoins", "The other's name")
    assert (first[1], first[3]) == ("Alder PCN", "Beech PCN")


def test_workbook_text_is_never_a_formula_or_a_link(content, tmp_path):
    """A name that looks like a formula or an address is a text cell with that very text."""
    texts = [*helpers.HOSTILE, "@SUM(1)", "-2+3", "=1+1", "http://example.org", "\t=1"]
    table = pd.DataFrame({"practice_code": texts, "practice_name": texts})
    made = dataclasses.replace(
        helpers.content(text="=1+1"), tables={**content.tables, "practices": table}
    )
    book = openpyxl.load_workbook(workbooks.write(made, tmp_path / "footprint.xlsx"))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]
    assert [row[1] for row in sheet_rows(book, "Practices")][1:] == texts
    assert book["Start here"]["A1"].value == "=1+1"


@pytest.mark.parametrize("text", ["<r>&</r>", "<r><t>gone</t></r>"])
def test_workbook_text_is_never_markup(text, tmp_path):
    """A name that looks like the markup of a cell stays the text that it is, on every sheet."""
    path = workbooks.write(helpers.content(text=text), tmp_path / "footprint.xlsx")
    book = openpyxl.load_workbook(path)
    assert sheet_rows(book, "PCNs")[1][1] == text
    assert book["Start here"]["A1"].value.strip() == text


def test_workbook_rows_are_what_the_library_writes_cell_by_cell(tmp_path):
    """Numbers, texts of every kind and formats in columns and cells give the same bytes."""
    texts = [*helpers.HOSTILE, " a ", "", None, "_x0041_", "a\x01\n\tb", "ü €", "😀" * 20_000]
    figures = [None, 0, -1.5, 1e-9, 1 / 3, 2**53, 12, 0.1, None, 1e300, 7, 7.0, 3][: len(texts)]
    figures += [None] * (len(texts) - len(figures))
    for name, many in (("cells", False), ("rows", True)):
        with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx", {"constant_memory": True}) as book:
            sheet = book.add_worksheet(worksheet_class=TableSheet)
            plain, bold, red = (
                book.add_format(each) for each in ({}, {"bold": True}, {"font_color": "red"})
            )
            sheet.write_string(0, 0, "Heading", bold)
            mixed = [bold if at % 3 else red for at in range(len(texts))]
            columns_ = [(texts, mixed), (figures, [plain]), (texts, [None])]
            heights = [30.0 if at % 4 == 1 else None for at in range(len(texts))]
            if many:
                sheet.write_rows(1, columns_, heights)
                continue
            for row in range(len(texts)):
                if heights[row]:
                    sheet.set_row(row + 1, heights[row])
                for at, (values, styles) in enumerate(columns_):
                    style = styles[row] if len(styles) > 1 else styles[0]
                    if isinstance(values[row], str):
                        sheet.write_string(row + 1, at, values[row], style)
                    elif values[row] is not None:
                        sheet.write_number(row + 1, at, values[row], style)
    cells, rows = (zipfile.ZipFile(tmp_path / f"{name}.xlsx") for name in ("cells", "rows"))
    for part in ("xl/worksheets/sheet1.xml", "xl/styles.xml"):
        assert rows.read(part) == cells.read(part)


def test_workbook_cuts_a_long_table_and_says_so(content, tmp_path):
    """A table beyond the limit of rows is cut, and the first sheet says where the rest is."""
    path = workbooks.write(content, tmp_path / "footprint.xlsx", max_rows=10)
    book = openpyxl.load_workbook(path)
    assert book["Small areas"].max_row == 11
    told = " ".join(str(cell.value) for row in book["Start here"].iter_rows() for cell in row)
    assert "Only the first 10 rows fit here; all 24 are in the file tables/small_areas.csv" in told


def test_workbook_control_characters_leave_a_readable_file(tmp_path):
    """Characters that XML forbids do not break the file."""
    path = workbooks.write(helpers.content(text="a\x00b\x0bc\ufffe"), tmp_path / "f.xlsx")
    assert sheet_rows(openpyxl.load_workbook(path), "PCNs")[1][1].startswith("a")


# -- geopackage ----------------------------------------------------------------------------------


def test_geopackage_has_the_layers_in_the_national_grid(content, written):
    """Every layer is there, in EPSG:27700, with its rows and its shapes."""
    path = written[0] / "footprint.gpkg"
    found = {name for name, _ in pyogrio.list_layers(path)}
    assert set(geopackage.LAYERS) <= found
    for name in geopackage.LAYERS:
        frame = gpd.read_file(path, layer=name)
        assert frame.crs.to_epsg() == 27700
        assert len(frame) == len(geopackage.layers(content)[name])
    pcns = gpd.read_file(path, layer="pcns")
    assert pcns.area.sum() == pytest.approx(24e6)
    assert pcns["list_size"].sum() == 104_000


def test_geopackage_has_one_kind_of_shape_and_a_style_for_it_in_each_layer(content, tmp_path):
    """Evidence is apart by kind and all there; outlines are lines; each layer has its symbol."""
    lines = shapely.LineString([(400_000, 300_000), (401_000, 300_000)])
    named = gpd.GeoDataFrame({"name": ["a", "b"]}, crs="EPSG:27700",
                             geometry=[shapely.box(0, 0, 1_000, 1_000), lines])  # fmt: skip
    made = dataclasses.replace(content, layers={**content.layers, "outlines": named})
    path = geopackage.write(made, tmp_path / "f.gpkg")
    shapes = {name: gpd.read_file(path, layer=name).geometry for name in geopackage.LAYERS}
    kinds = {"areas": "Polygon", "lines": "LineString", "points": "Point"}
    for kind, word in kinds.items():
        assert all(word in each for each in shapes[f"evidence_{kind}"].geom_type)
    assert [len(shapes[f"evidence_{kind}"]) for kind in kinds] == [1, 1, 0]
    assert shapes["outlines"].length.tolist() == [4_000.0, 1_000.0]
    styles = dict(
        sqlite3.connect(path).execute(
            "select f_table_name, styleQML from layer_styles where useAsDefault"
        ).fetchall()
    )  # fmt: skip
    symbol = {"Polygon": "fill", "LineString": "line", "Point": "marker"}
    for name, kind in geopackage.LAYERS.items():
        found = {each.get("type") for each in ET.fromstring(styles[name]).iter("symbol")}
        assert found == {symbol[kind.removeprefix("Multi")]}, name


def test_geopackage_keeps_missing_shapes_numbers_and_truth_values(content, tmp_path):
    """A PCN without a footprint, a missing count and a truth value survive."""
    pcns = content.layers["pcns"].copy()
    pcns.loc[2, "geometry"] = None
    pcns["parts"] = pd.array([2, 1, None], dtype="Int64")
    made = dataclasses.replace(content, layers={**content.layers, "pcns": pcns})
    back = gpd.read_file(geopackage.write(made, tmp_path / "f.gpkg"), layer="pcns")
    assert back.geometry.isna().tolist() == [False, False, True]
    assert back["parts"].isna().tolist() == [False, False, True]
    areas = gpd.read_file(tmp_path / "f.gpkg", layer="small_areas")
    assert areas["elsewhere"].tolist() == [0] * 23 + [1]


def test_geopackage_replaces_a_file_and_takes_hostile_names(content, tmp_path):
    """A file that exists is replaced as a whole; names are text whatever they hold."""
    path = tmp_path / "footprint.gpkg"
    path.write_bytes(b"something else")
    geopackage.write(content, path)
    geopackage.write(helpers.content(text=ALL_HOSTILE), path)
    assert gpd.read_file(path, layer="pcns")["pcn_name"].tolist() == [ALL_HOSTILE] * 3
    assert [each.name for each in tmp_path.iterdir()] == ["footprint.gpkg"]


def test_geopackage_brings_its_styles(content, written):
    """QGIS finds a default style for the PCNs that is well-formed and classes them by verdict."""
    path = written[0] / "footprint.gpkg"
    rows = dict(
        sqlite3.connect(path).execute("select f_table_name, styleQML from layer_styles").fetchall()
    )
    root = ET.fromstring(rows["pcns"])
    assert root.find("renderer-v2").get("attr") == "mark"
    classes = [each.get("value") for each in root.iter("category")]
    assert classes == [each.label for each in palette.VERDICTS]
    pcns = gpd.read_file(path, layer="pcns")
    assert pcns["mark"].tolist() == [look.label for look in views.verdicts(content).values()]
    assert len(set(pcns["mark"])) > 1
    assert set(pcns["mark"]) <= set(classes)
    for name, qml in rows.items():
        shown = [each.get("fieldName") for each in ET.fromstring(qml).iter("text-style")]
        assert set(shown) <= set(gpd.read_file(path, layer=name).columns), name
    assert pcns["label"].tolist() == ["Alder", "Beech", "Cedar"]


def test_geopackage_is_one_that_older_qgis_knows(written):
    """Its version is what QGIS itself writes; styles have the key and times QGIS asks for."""
    database = sqlite3.connect(written[0] / "footprint.gpkg")
    assert database.execute("pragma user_version").fetchone() == (10_200,)
    rows = database.execute("select id, update_time from layer_styles").fetchall()
    assert len({time for _, time in rows}) == len(rows) == len(geopackage.LAYERS)
    assert all(time.endswith("Z") for _, time in rows)


# -- stills --------------------------------------------------------------------------------------


def test_stills_are_written_as_png_and_svg(content, written):
    """Each map is a PNG at 200 dpi and a well-formed SVG, and the names are foretold."""
    paths = {path.name: path for path in (written[0] / "stills").iterdir()}
    assert sorted(paths) == sorted(stills.names(content))
    assert "service-feet.png" in paths
    assert "service-talk.png" not in paths
    image = Image.open(paths["footprints.png"])
    assert image.width == 1800
    assert round(image.info["dpi"][0]) == 200
    for name, path in paths.items():
        if name.endswith(".svg"):
            assert ET.fromstring(path.read_text()).tag.endswith("svg")


def test_a_verdict_has_its_mark_on_the_still_and_in_its_key(content):
    """Flagged PCNs bear the mark of their verdict, and the key names it: never colour alone."""
    figure = stills.verdicts(content)
    said = [each.get_text() for each in figure.findobj(Text)]
    looks = views.verdicts(content)
    names = content.tables["pcns"].set_index("pcn_code")["pcn_name"]
    flagged = views.flagged(content)["pcn_code"]
    assert len(flagged)
    for code in flagged:
        assert f"{looks[code].mark} {short(names[code])}" in said
    for look in set(looks.values()):
        assert f"{look.mark} {look.label}" in said


def test_stills_come_back_at_the_size_of_pages(content, tmp_path):
    """What a page shows is the same picture at half its size."""
    small = stills.write(content, tmp_path, stems=["footprints"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["footprints.png", "footprints.svg"]
    assert list(small) == ["footprints"]
    shown = Image.open(io.BytesIO(small["footprints"])).convert("RGB")
    whole = Image.open(tmp_path / "footprints.png").reduce(2)
    assert shown.size == whole.size == (900, whole.height)
    apart = np.abs(np.asarray(shown, dtype=int) - np.asarray(whole, dtype=int))
    assert apart.mean() < 2


def test_still_with_hostile_names_is_a_picture(tmp_path):
    """Names with dollars, markup or right-to-left text are drawn, and no text ends the SVG."""
    stills.write(helpers.content(text=ALL_HOSTILE, illustrative=True), tmp_path)
    text = (tmp_path / "footprints.svg").read_text()
    root = ET.fromstring(text)
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert (tmp_path / "footprints.png").stat().st_size > 10_000


def test_stills_of_a_patch_without_teams_or_shapes(tmp_path):
    """Without teams only the two maps of PCNs are drawn; without any shape, still a picture."""
    bare = helpers.content(teams=False)
    assert stills.names(bare) == [
        "footprints.png", "footprints.svg", "verdicts.png", "verdicts.svg"
    ]  # fmt: skip
    lost = bare.layers["pcns"].copy()
    lost["geometry"] = None
    empty = dataclasses.replace(bare, layers={"pcns": lost})
    assert list(stills.write(empty, tmp_path)) == ["footprints", "verdicts"]
    assert len(list(tmp_path.iterdir())) == 4


def test_each_page_of_a_pcn_has_its_map_as_files(tmp_path):
    """The report's map with name and sources, two pictures by themselves whatever names hold."""
    made = helpers.content(text=ALL_HOSTILE + "\x0b\x00", illustrative=True)
    paths = pcn_stills.write(made, tmp_path)
    stems = [f"pcn-{code}" for code in made.tables["pcns"]["pcn_code"]]
    assert list(pcn_stills.names(made).values()) == stems
    assert sorted(paths) == sorted(f"{stem}.{kind}" for stem in stems for kind in ("png", "svg"))
    for stem in stems:
        root = ET.fromstring(paths[f"{stem}.svg"].read_text(encoding="utf-8"))
        assert root.get("font-family") == "Arial, Helvetica, sans-serif"
        assert not [each for each in root.iter() if each.tag.endswith(("script", "style"))]
        assert [each for each in root.iter() if each.tag.endswith("path")]
        # a picture that goes its own way says whose it is and what it was made of
        words = " ".join(root.itertext())
        assert "Blue: its footprint." in words
        assert "Illustrative: an invented patch." in words
        height = float(root.get("viewBox").split()[3])
        assert height > 340
        image = Image.open(paths[f"{stem}.png"])
        # 400 units of the drawing, whose map is 340 high, are 6 inches
        assert image.size == (1200, 3 * height)
        assert round(image.info["dpi"][0]) == 200
        # the PCN's own fill, as the report has it
        colours = {colour for _, colour in image.convert("RGB").getcolors()}
        assert (0xA8, 0xCD, 0xE6) in colours
    again = pcn_stills.write(made, tmp_path / "again")
    assert {name: path.read_bytes() for name, path in again.items()} == {
        name: path.read_bytes() for name, path in paths.items()
    }
    assert list(pcn_stills.write(made, tmp_path, stems=stems[1:2])) == [
        f"{stems[1]}.png", f"{stems[1]}.svg"
    ]  # fmt: skip


def pixels(pieces, side=40):
    """Colours of a drawing of ``side`` units, (pixels, pixels, 3), and where it is not white."""
    drawn = svg.drawing(side, "", [svg.rect(0, 0, side, side, "#ffffff"), *pieces], width=side)
    image = Image.open(io.BytesIO(raster.png(svg.alone(drawn)))).convert("RGB")
    inked = (np.asarray(image) != 255).any(axis=2)
    return np.asarray(image), inked


def test_a_drawing_becomes_pixels():
    """Shapes stand where the drawing has them, three pixels to the unit, holes left empty."""
    ring = shapely.box(10, 10, 30, 30).difference(shapely.box(15, 15, 25, 25))
    view = pcn_map.View(0, 40, 1)
    shown, inked = pixels([pcn_map._path([ring], view, "#ff0000", "none", 1)])
    # from the top; the edges of whole units are sharp
    assert tuple(np.flatnonzero(inked.any(axis=1))[[0, -1]]) == (30, 89)
    assert inked.sum() == 60 * 60 - 30 * 30
    assert tuple(shown[35, 35]) == (255, 0, 0)
    shown, inked = pixels([svg.lower([svg.circle(20, 4, 4, "#0000ff", "#000000")], 6)])
    assert tuple(shown[30, 60]) == (0, 0, 255)
    rows, across = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    # radius and half the rim
    assert (rows[0], rows[-1], across[0], across[-1]) == pytest.approx((15, 44, 45, 74), abs=1)


@pytest.mark.parametrize("words", ["Newcastle & Lyme", "Ælfgār’s Łódź", "القاهرة"])
def test_letters_keep_to_the_place_found_for_them(words):
    """A label is no wider than what the page's own letters were given, and has its rim."""
    size, side = 10, 120
    label = svg.text(60, 60, words, "middle", "#000000", size=size, glow="#00ff00", full="<more>")
    shown, inked = pixels([label], side)
    across, down = (np.flatnonzero(inked.any(axis=axis)) / 3 for axis in (0, 1))
    assert 60 - 0.29 * size * len(words) - 2 <= across[0] < 55
    assert 65 < across[-1] <= 60 + 0.29 * size * len(words) + 2
    assert down[0] >= 60 - size - 1.5
    assert down[-1] <= 60 + 0.3 * size + 1.5
    assert {(0, 0, 0), (0, 255, 0)} <= set(map(tuple, shown[inked]))


def test_a_picture_reads_no_file():
    """What would load something is refused, not followed."""
    outside = Markup('<image href="file:///etc/hostname" width="9" height="9"/>')
    with pytest.raises(ModelError, match="<image>"):
        pixels([outside])


def test_service_file_names_are_safe_and_apart():
    """Codes that differ only in signs or capitals give different, harmless file names."""
    made = helpers.content()
    codes = ["../x y", "XY", "xy"]
    stories = [dataclasses.replace(made.services[0], service_id=code) for code in codes]
    rows = pd.concat([made.tables["allocation"].assign(service_id=code) for code in codes])
    made = dataclasses.replace(made, services=stories, tables={**made.tables, "allocation": rows})
    names = list(stills.service_names(made).values())
    assert names == ["service-xy", "service-XY-2", "service-xy-3"]


def test_labels_keep_clear_of_each_other():
    """Two labels for one point stand apart; one that may be left out has to fit."""
    sheet = drawing.sheet((0, 0, 10_000, 10_000), width=5)
    first = drawing.label(sheet, "One name", 5_000, 5_000)
    second = drawing.label(sheet, "Other name", 5_000, 5_000)
    boxes = [each.get_window_extent() for each in (first, second)]
    assert not boxes[0].overlaps(boxes[1])
    assert drawing.label(sheet, "Third", 5_000, 5_000, reach=0, must=False) is None


def test_numbers_of_the_small_map_do_not_cover_each_other():
    """Three PCNs in one spot: the second and third stand beside, with a line to their point.

    A fourth on a sheet that has no room is left out; one far away stays where it is.
    """
    made = drawing.sheet((0, 0, 10_000, 10_000), width=6)
    for rank, x in ((1, 5_000), (2, 5_050), (3, 4_950), (4, 8_000)):
        still_layers.number(made, rank, x, 5_000)
    made.figure.draw_without_rendering()
    renderer = made.figure.canvas.get_renderer()
    circles = [text.get_bbox_patch().get_window_extent(renderer) for text in made.axes.texts]
    assert [text.get_text() for text in made.axes.texts] == ["1", "2", "3", "4"]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(circles, 2))
    places = [text.get_position() for text in made.axes.texts]
    assert (places[0], places[3]) == ((5_000, 5_000), (8_000, 5_000))
    assert len(made.axes.lines) == 2
    full = drawing.sheet((0, 0, 10_000, 10_000), width=6)
    full.taken.append(full.axes.bbox)
    still_layers.number(full, 5, 5_000, 5_000)
    assert not full.axes.texts


def test_what_stands_below_a_label_moves_with_it():
    """Name and flags are one block that keeps clear; without room both are left out."""
    sheet = drawing.sheet((0, 0, 10_000, 10_000), width=5)
    drawing.label(sheet, "One name", 5_000, 5_000)
    name = drawing.label(sheet, "Other name", 5_000, 5_000, below="population,\nseparate parts")
    words = sheet.axes.texts[-1]
    one, other, more = (each.get_window_extent() for each in (sheet.axes.texts[0], name, words))
    assert words.get_text().startswith("population")
    assert not one.overlaps(other)
    assert not one.overlaps(more)
    assert (other.x0 + other.x1) / 2 == pytest.approx((more.x0 + more.x1) / 2, abs=1)
    assert 0 <= other.y0 - more.y1 < 2
    before = len(sheet.axes.texts)
    left_out = drawing.label(sheet, "Third", 5_000, 5_000, below="holes", reach=0, must=False)
    assert left_out is None
    assert len(sheet.axes.texts) == before


def test_outline_keeps_holes():
    """A polygon with a hole becomes a path of two rings that turn against each other."""
    ring = shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 6, 6))
    path = drawing.outline(ring)
    assert (path.codes == path.MOVETO).sum() == 2
    assert path.contains_point((1, 1))
    assert (
        shapely.Polygon(path.vertices[:5]).exterior.is_ccw
        != shapely.Polygon(path.vertices[5:]).exterior.is_ccw
    )


def test_anchor_lies_in_the_largest_piece():
    """A label stands in the middle of the largest piece, not between the pieces."""
    shape = shapely.union_all([shapely.box(0, 0, 10, 10), shapely.box(30, 0, 32, 2)])
    at = layers.anchors(gpd.GeoDataFrame(geometry=[shape], crs=layers.CRS)).iloc[0]
    assert (at["x"], at["y"]) == pytest.approx((5, 5), abs=0.5)
    assert at["radius"] == pytest.approx(5, abs=0.5)


# -- charts --------------------------------------------------------------------------------------


def texts(drawing_text):
    """All texts of an SVG, titles included."""
    return list(ET.fromstring(str(drawing_text)).itertext())


def test_sizes_chart_is_sorted_and_marks_flags(content):
    """Bars stand from the largest list down; a flagged size carries a mark beside its number."""
    shown = texts(charts.sizes(content))
    figures = [text for text in shown if text[0].isdigit() and "to" not in text]
    assert figures == ["54,000 ▲", "32,000", "18,000"]
    assert "30,000 to 50,000" in shown


def test_sizes_chart_of_many_pcns_counts_them():
    """Above 60 PCNs the chart says how many lie under, within and over the band."""
    made = helpers.content()
    many = pd.concat([made.tables["pcns"]] * 30, ignore_index=True)
    shown = texts(charts.sizes(dataclasses.replace(made, tables={**made.tables, "pcns": many})))
    assert {"30 over the band", "30 within", "30 under it"} <= set(shown)


def test_overlap_orders_teams_and_pcns_in_blocks():
    """PCNs follow their lead team, and teams that share PCNs stand side by side."""
    # two blocks, interleaved by code: T1 and T3 share P1 and P3; T2 has P2 and P4
    frame = pd.DataFrame(
        [("P1", "T1", 60, 0.6), ("P1", "T3", 40, 0.4), ("P2", "T2", 50, 1.0),
         ("P3", "T3", 90, 0.9), ("P3", "T1", 10, 0.1), ("P4", "T2", 20, 1.0)],
        columns=["pcn_code", "team_id", "patients", "share"],
    )  # fmt: skip
    pcns, teams = charts.order(frame)
    assert teams == ["T3", "T1", "T2"]
    assert pcns == ["P3", "P1", "P2", "P4"]


def test_overlap_shows_shares_and_leaves_out_people_without_team():
    """Shares are written in the cells; patients in no team's area are not a team."""
    made = helpers.content()
    extra = pd.DataFrame([("nursing", "U00003", "", 500, np.nan)],
                         columns=made.tables["alignment"].columns)  # fmt: skip
    rows = pd.concat([made.tables["alignment"], extra], ignore_index=True)
    made = dataclasses.replace(made, tables={**made.tables, "alignment": rows})
    shown = texts(charts.overlap(made, "nursing"))
    assert shown.count("100%") == 2
    assert {"75%", "25%"} <= set(shown)
    # "nurses" is in both teams' names, so the heads leave it out
    assert {"North", "South"} <= set(shown)


def test_staff_chart_shows_change_and_what_is_short(content):
    """Each PCN's change in WTE and its unmet need stand beside the dots."""
    shown = texts(charts_staff.staff(content, "nursing"))
    assert {"+2.00", "−2.00", "0"} <= set(shown)
    assert shown.count("0.40") == 2
    assert charts_staff.staff(content, "talk") == ""


def test_charts_of_many_pcns_show_the_most_telling_ones():
    """Of 90 PCNs the 30 whose staff change most, and those split most among at most 16 teams."""
    made = helpers.content()
    rows = {
        name: pd.concat(
            [made.tables[name].assign(**{
                key: made.tables[name][key].str.replace("U0", f"U{k:02d}", n=1)
                if key == "pcn_code" else made.tables[name][key] + f"-{k:02d}"
                for key in ("pcn_code", "team_id") if key in made.tables[name]
             }) for k in range(30)], ignore_index=True)
        for name in ("pcns", "allocation", "alignment", "demand", "vacancies")
    }  # fmt: skip
    many = dataclasses.replace(made, tables={**made.tables, **rows})
    shown = texts(charts_staff.staff(many, "nursing"))
    # each copy has a PCN that gains 2 and one that loses 2; the lower codes come first
    assert shown.count("+2.00") + shown.count("−2.00") == 30
    assert "The 30 of 90 PCNs whose staff change most; the workbook has all." in shown
    shown = texts(charts.overlap(many, "nursing"))
    # eight copies have 16 teams: their Alders are split, and PCNs of those teams fill up the rest
    assert (shown.count("75%"), shown.count("25%")) == (8, 8)
    assert any(text.startswith("The 24 of 90 PCNs that teams share most") for text in shown)


def overlapping():
    """Catchments by hand: A has 60 patients alone, 30 shared with B, 10 with B and C.

    a1: A60   a2: A30 B50   a3: A10 B50 C100   and C's catchment leaves a2 out
    """
    made = helpers.content()
    rows = [("a1", "U00001", 60, 1), ("a2", "U00001", 30, 1), ("a3", "U00001", 10, 1),
            ("a2", "U00002", 50, 1), ("a3", "U00002", 50, 1), ("a3", "U00003", 100, 1),
            ("a2", "U00003", 999, 0)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["small_area_code", "pcn_code", "patients", "catchment"])
    return dataclasses.replace(made, tables={**made.tables, "small_areas": frame})


def test_catchments_overlap_as_counted_by_hand():
    """Shares by how many others reach there, and whose catchment holds most; C has none alone."""
    found = charts_catchments.shared(overlapping()).set_index("pcn_code")
    assert list(found.index) == ["U00002", "U00003", "U00001"]
    assert found.loc["U00001"].tolist() == [0.6, 0.3, 0.1, "U00002", 0.4]
    assert found.loc["U00002"].tolist() == [0.0, 0.5, 0.5, "U00001", 1.0]
    assert found.loc["U00003"].tolist() == [0.0, 0.0, 1.0, "U00001", 1.0]
    shown = texts(charts_catchments.catchments(overlapping()))
    assert {"40% shared, most with Beech", "100% shared, most with Alder"} <= set(shown)


def test_catchments_of_many_pcns_are_counted_by_share():
    """Above 60 PCNs each column of the chart says how many share so much."""
    made = overlapping()
    rows = {
        name: pd.concat(
            [made.tables[name].assign(
                pcn_code=made.tables[name]["pcn_code"].str.replace("U0", f"U{k:02d}", n=1),
                **({"small_area_code": made.tables[name]["small_area_code"] + str(k)}
                   if name == "small_areas" else {}))
             for k in range(25)], ignore_index=True)
        for name in ("pcns", "small_areas")
    }  # fmt: skip
    many = dataclasses.replace(made, tables={**made.tables, **rows})
    shown = texts(charts_catchments.catchments(many))
    assert shown.count("50") == 1
    assert shown.count("25") == 1
    assert charts_catchments.catchments(helpers.content()) == ""


@pytest.mark.parametrize("text", helpers.HOSTILE)
def test_charts_escape_names_and_hold_nothing_active(text):
    """Hostile names are text in the charts, which have no id, script, style or reference."""
    made = helpers.content(text=text)
    for chart in (
        charts.sizes(made),
        charts.overlap(made, "nursing"),
        charts_staff.staff(made, "feet"),
    ):
        root = ET.fromstring(str(chart))
        for each in root.iter():
            assert each.tag.rpartition("}")[2] in {"svg", "text", "title", "rect", "circle", "path"}
            assert not {key for key in each.attrib if key in {"id", "href", "style", "class"}} - {
                "class"
            }
        assert root.get("aria-label")


# -- views ---------------------------------------------------------------------------------------


def test_flagged_pcns_come_in_order_of_weight(content):
    """A strong flag comes before a mild one although the other PCN is larger."""
    found = views.flagged(content)
    assert found["pcn_code"].tolist() == ["U00001", "U00002"]
    assert found["rank"].tolist() == [1, 2]
    assert found["sentence"].tolist() == ["Sentence 2.", "Sentence 4."]


def test_service_by_pcn_adds_up(content):
    """Need, staff today, proposed and unmet need per PCN are the tables' own sums."""
    frame = views.service_pcns(content, "nursing").set_index("pcn_code")
    assert frame["today"].sum() == pytest.approx(20.0)
    assert frame["proposed"].sum() == pytest.approx(20.0)
    assert frame["vacancy"].sum() == pytest.approx(0.8)
    assert frame.loc["U00001", "teams_today"] == 2
    # (1.6 x 6 + 4.4 x 14) / 6
    assert frame.loc["U00001", "minutes_proposed"] == pytest.approx(71.2 / 6)
    assert (frame["proposed"] + frame["vacancy"]).tolist() == pytest.approx(frame["need"].tolist())


# -- the same bytes ------------------------------------------------------------------------------


def test_every_file_has_the_same_bytes_twice(content, written, tmp_path):
    """Written again a while later, every file is byte for byte the same."""
    before, ready = written
    # the zip format of a workbook counts in steps of two seconds
    time.sleep(max(0.0, ready + 2.1 - time.monotonic()))
    write_all(content, tmp_path)

    def files(folder):
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    one, two = files(before), files(tmp_path)
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} == set()
    assert len(one) == len(content.tables) + 2 + 8
