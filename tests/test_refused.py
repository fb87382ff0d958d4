"""What readers refuse and what they note, each in the words that a planner sees."""

from __future__ import annotations

import re
import zipfile

import pytest

from footprint import patch
from footprint.errors import InputError
from footprint.settings import INPUT_KEYS

PARTNERS = (
    "Partner Organisation Code,Partner Name,PCN Code,PCN Name,"
    "Practice to PCN Relationship Start Date,Practice to PCN Relationship End Date\n"
)

#: key of [inputs], a file's text, what is said
REFUSED = {
    "all ended": (
        "practices",
        f"{PARTNERS}A81001,One,U12345,North,01/04/2019,31/03/2023\n",
        "found memberships that have all ended; expected practices that are in a PCN now",
    ),
    "closed sites": (
        "sites",
        "practice_code,site_name,postcode,close_date\nA81001,Annexe,ST5 1AA,20200101\n",
        "found no site that is open and has a place",
    ),
    "no times": (
        "travel_times",
        "base,LSOA21CD,minutes\nHub,E01000001,\nHub,E01000002,-\n",
        "found no time at all; expected minutes from bases to small areas",
    ),
    "ten years": (
        "ages",
        "ORG_CODE,SEX,AGE,NUMBER_OF_PATIENTS\nA81001,ALL,35_44,10\n",
        "row 2, column AGE: found '35_44'; expected a year of age, a five-year band",
    ),
    "ranks": (
        "deprivation",
        "LSOA21CD,IMD rank\nE01000001,33755\nE01000002,33756\n",
        "row 3, column IMD rank: found 33,756; expected a rank from 1 to 33,755",
    ),
    "headings": (
        "attributes",
        "pcn_code,Note,note\nU12345,a,b\n",
        "row 1, column note: found 2 columns of this name; expected one",
    ),
    "classes": (
        "rural_urban",
        "LSOA21CD,RUC21NM\nE01000001,Urban: Nearer\nE01000002,Coastal\n",
        "column RUC21NM: found 'Coastal'; expected a class that says Rural or Urban",
    ),
    "organisations": (
        "list_sizes",
        "TYPE,CODE,SEX,AGE,NUMBER_OF_PATIENTS\nCCG,05D,ALL,ALL,100\n",
        "column TYPE: found records of CCG only; expected records of GP practices",
    ),
    "UTF-16": (
        "list_sizes",
        b"\xff\xfe" + "practice_code,patients\nA81001,1".encode("utf-16-le") + b"\x00\xd8",
        "found broken UTF-16",
    ),
    "shapes": (
        "outlines",
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null,'
        ' "properties": {"name": "Ward"}}]}',
        "found no geometry at all; expected polygons",
    ),
}

#: key of [inputs], a file's text, the last note
NOTED = {
    "a postcode twice": (
        "postcodes",
        "postcode,latitude,longitude\nST5 1AB,53,-2.2\nST51AA,53,-2.2\nst51ab,53.1,-2.2\n",
        "1 postcode stands more than once; the first counts.",
    ),
    "a site twice": (
        "sites",
        "practice_code,site_name,postcode\n" + 2 * "A81001,Annexe,ST5 1AA\n",
        "1 site that stands in the file before left out.",
    ),
    "a unit left out": (
        "travel_times",
        "base,LSOA21CD,time,unit\nHub,E01000001,90,seconds\nHub,E01000002,12,\n",
        "It is blank for 1 pair: minutes were assumed.",
    ),
    "a list without a figure": (
        "weighted_lists",
        "practice_code,weighted_patients\nA81001,60\nA81002,\n",
        "1 practice without a weighted list was left out.",
    ),
    "an organisation": (
        "list_sizes",
        "TYPE,CODE,SEX,AGE,NUMBER_OF_PATIENTS\nGP,A81001,ALL,ALL,60\nCCG,05D,ALL,ALL,60\n",
        "1 record of CCG is not of practices.",
    ),
}


def read(key, folder, content):
    """Read a file of a key of [inputs]."""
    path = folder / f"{key}.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return patch.READERS[key](path)


def test_every_key_has_a_reader():
    """No key of [inputs] is taken and then not read."""
    assert set(patch.READERS) == set(INPUT_KEYS)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_used_is_refused(tmp_path, name):
    """One fault, with what was found and what was expected."""
    key, content, words = REFUSED[name]
    with pytest.raises(InputError, match=re.escape(words)) as refused:
        read(key, tmp_path, content)
    assert len(refused.value.faults) == 1


@pytest.mark.parametrize("name", sorted(NOTED))
def test_what_is_odd_is_noted(tmp_path, name):
    """The file is read, and a sentence says what was made of it."""
    key, content, words = NOTED[name]
    assert read(key, tmp_path, content).notes[-1].endswith(words)


def test_a_pcn_that_is_listed_as_closed_is_named(tmp_path):
    """The list of PCNs beside their practices tells it."""
    path = tmp_path / "epcn.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "epcncorepartnerdetails.csv", f"{PARTNERS}A81001,One,U12345,North,01/04/2019,\n"
        )
        archive.writestr(
            "epcn.csv",
            "PCN Code,PCN Name,Current CCG Code,Open Date,Close Date\n"
            "U12345,NORTH AND SOUTH PCN,05D,20190401,20230331\n",
        )
    table = patch.READERS["practices"](path)
    assert "PCNs with practices that are listed as closed: U12345." in table.notes
    assert table.frame["pcn_name"].tolist() == ["NORTH AND SOUTH PCN"]
