"""What a table can serve, told by its headings and its first records."""

from __future__ import annotations

from footprint.schema import PCN_CODE, Layout
from footprint.sources import (
    directory,
    geography,
    names,
    networks,
    people,
    postcodes,
    roads,
    sites,
    travel_times,
)
from footprint.starter.heads import PREAMBLE, Records, Rows, fits

PRACTICE = "|".join(names.PRACTICE_CODE)
AREA = "|".join(names.SMALL_AREA)
PATIENTS = "|".join(names.PATIENTS)
TEAM = "teamid|teamcode"
PCN = "pcncode|pcnodscode|pcn"
EAST, NORTH = r"(os)?east(ings?)?(1m)?|x", r"(os)?n(or)?(th|rth)(ings?)?(1m)?|y"
LAT, LON = r"lat(itude.*)?", r"lon(g(itude.*)?)?|lng"
POSTCODE = r"pckey|pcds?|pcd[278]?|(unit)?postcode"
DEPRIVATION = r"imd.*|.*indexofmultipledeprivation.*"
LOCALITY = r"localit(y|ies).*|neighbourhood(name|code)?"
SITE = r"(site|branch)(name|code|id|postcode)?"
SITE_NAME = "sitename|organisationname|basename|site"
SITE_POSTCODE = "(site|base)?postcode"
#: a column for each sex and age
SEX_AND_AGE = r"(fe)?males?\d+"
#: years of age
YEAR = r"(age|[fm])?\d{1,2}"

#: ranks: a list of PCNs' members alone, practices without PCNs, postcodes of one area perhaps, a
#: grid, and what only might serve a key
MEMBERS, ALL_PRACTICES, OF_AN_AREA, GRID, DOUBTFUL = 5, 6, 2, 3, 9

#: what cells look like
POSTCODE_TEXT = r"[A-Z]{1,2}[0-9][A-Z0-9]? *[0-9][A-Z]{2}"
AREA_TEXT = r"[EW]01\d{6}"
PRACTICE_TEXT = r"[A-Z]\d{5}"
PLACE_TEXT = "CITY|TOWN|VILLAGE|HAMLET|SUBURB.*"
#: a site of a trust (R.., T..), and a trust itself
TRUST_SITE, TRUST = r"[RT]\w{4}", r"[RT]\w{2}"
#: kinds of care in whose buildings no community team has its base
OTHER_CARE = ".*(PHARM|DENT|OPTI|SURGER|GP|CARE HOME|SOCIAL).*"


def without_headings(rows: Rows) -> dict[str, int]:
    """Kinds of a report that is published without headings; none where it is no such report."""
    first = [row for row in rows[:PREAMBLE] if any(cell.strip() for cell in row)]
    known: tuple[tuple[Layout, dict[str, int]], ...] = (
        (postcodes.POSTCODES, {"postcodes": OF_AN_AREA}),
        (networks.MEMBERS, {"practices": MEMBERS}),
        (directory.PRACTICES, {"practices": ALL_PRACTICES}),
        # PCNs without their practices
        (networks.NETWORKS, {"practices": DOUBTFUL}),
        (sites.SITES, {"sites": 2}),
    )
    for layout, kinds in known:
        if _bare(layout, first):
            return kinds
    if not _bare(sites.CANDIDATES, first):
        return {}
    # every report on organisations looks alike: the codes tell trusts from pharmacies
    codes = [row[0].strip().upper() for row in first]
    for shape, rank in ((TRUST_SITE, 2), (TRUST, 3)):
        if 2 * sum(fits(shape, code) for code in codes) > len(codes):
            return {"candidate_sites": rank}
    return {}


def _bare(layout: Layout, first: Rows) -> bool:
    return any(bare.fits(first) for bare in layout.bare)


def of_records(records: Records) -> dict[str, int]:
    """Kinds of a table with headings; none where it is nothing that footprint reads."""
    return _own(records) or _official(records) or _further(records)


def placed(records: Records) -> bool:
    """Whether there is a pair of coordinates."""
    return records.has(LAT, LON) or records.has(EAST, NORTH)


def _has_layout(records: Records, *layouts: Layout) -> bool:
    return any(not layout.missing(layout.resolve(records.headings)) for layout in layouts)


def _own(records: Records) -> dict[str, int]:
    """Kinds of a trust's own files."""
    has = records.has
    area, team = has(AREA), has(TEAM)
    minutes = has("(travel)?(time)?min(ute)?s?|traveltime")
    staff = team and has("serviceid|service") and records.numbers("wte|fte")
    crossed = records.mostly("a|froma", AREA_TEXT) and records.mostly("b|to", AREA_TEXT)
    town = has("placename") or records.mostly("kind|type", PLACE_TEXT)
    return _first(
        ("teams", staff and not minutes),
        ("services", has("serviceid", "minteamwte") and records.numbers("wteper10000|ratio")),
        ("travel_times", _times(records)),
        ("team_areas", area and team),
        ("crossings", crossed and has("kind|type|source")),
        ("places", town and has("placename|name") and placed(records)),
        ("roads", not area and _roads(records)),
        ("road_nodes", has("(road)?nodes?(id)?|osmid") and placed(records) and not has(POSTCODE)),
    )


def _first(*rules: tuple[str, bool]) -> dict[str, int]:
    return next(({kind: 1} for kind, holds in rules if holds), {})


def _roads(records: Records) -> bool:
    """Whether it is roads, a record each: two ends and what it takes to drive from one to other."""
    found = roads.ROADS.resolve(records.headings)
    ends = {"from_node", "to_node"} <= set(found)
    return ends and bool({"metres", "minutes"} & set(found) or {"seconds", "x1"} <= set(found))


def _times(records: Records) -> bool:
    """Whether it is times from bases to small areas, a record a pair or a record a base."""
    layouts = (travel_times.LONG, travel_times.LONG_SECONDS, travel_times.LONG_EITHER)
    if _has_layout(records, *layouts):
        return records.mostly(f"{AREA}|to(id|code)?|destination(id|code)?", AREA_TEXT)
    areas = records.number_of(AREA_TEXT.lower())
    return areas > 2 and not records.has(PRACTICE) and _has_layout(records, travel_times.BY_BASE)


def _official(records: Records) -> dict[str, int]:
    """Kinds of the files that the NHS, the ONS and others publish."""
    has, here = records.has, placed(records)
    if _grid(records):
        return {"registrations": GRID}
    if has(AREA) and not here:
        return _registrations(records) if has(PRACTICE) else _area_kinds(records)
    nomis = records.mostly("mnemonic|geographycode", AREA_TEXT)
    kinds = _first(
        ("populations", nomis and _has_layout(records, people.POPULATIONS)),
        ("postcodes", here and _only_postcodes(records)),
    )
    if kinds:
        return kinds
    if has("partnerorganisationcode", "pcncode"):
        return {"practices": MEMBERS}
    if _has_layout(records, directory.PRACTICES) and has("prescribingsetting(code)?"):
        return {"practices": ALL_PRACTICES}
    return _practice_kinds(records) if has(f"{PRACTICE}|code") else {}


def _grid(records: Records) -> bool:
    """Whether it is registrations with a column a small area, or a column a practice."""
    has = records.has
    turned = has(PRACTICE, "nameofformervariable")
    by_practice = has(PRACTICE) and records.number_of(AREA_TEXT.lower()) > 2
    return turned or by_practice or (has(AREA) and records.number_of(PRACTICE_TEXT.lower()) > 2)


def _only_postcodes(records: Records) -> bool:
    """Whether what has the postcodes is nothing else: no practice, site or person."""
    if records.has(".*(practice|org|team|site|base|clinic).*|name"):
        return False
    found = [fits(POSTCODE_TEXT, cell.upper()) for cell in records.cells(POSTCODE)[:20]]
    return bool(found) and all(found)


def _registrations(records: Records) -> dict[str, int]:
    if not records.has(f"{PATIENTS}|males?(patients)?"):
        return {}
    # an analyst's own extract has no extract date
    return {"registrations": 1 if records.has("extractdate") else 2}


def _practice_kinds(records: Records) -> dict[str, int]:
    has = records.has
    practice = has(PRACTICE) and not records.mostly(PRACTICE, rf"(?!{PRACTICE_TEXT}).*")
    here = placed(records) and practice
    if practice and _sited(records):
        return {"sites": 1}
    kinds: dict[str, int] = {}
    weighted = ".*weighted(patients|list).*"
    if has(weighted):
        kinds["weighted_lists"] = 1
    if records.number_of(SEX_AND_AGE) > 10:
        return kinds | {"ages": 1} | ({"list_sizes": 3} if has(PATIENTS) else {})
    if has(PATIENTS):
        ages = {cell.upper() for cell in records.cells("age(group5?)?")}
        if ages - {"ALL", "TOTAL"}:
            # the totals among them are list sizes too
            return {"ages": 1, "list_sizes": 4}
        kinds["list_sizes"] = 3 if has("pcncode") or has(weighted) or here else 1
    if practice and has("pcncode"):
        kinds["practices"] = 3 if has(PATIENTS) or here or has(weighted) else 1
    elif practice and has("ccg(name|code)", "practicename.*") and not has(PATIENTS):
        # the map of the years before there were PCNs
        kinds["practices"] = ALL_PRACTICES
    if here:
        kinds["locations"] = 1
    return kinds


def _sited(records: Records) -> bool:
    """Whether it is branches of practices: sites by name, or practices in several places."""
    has = records.has
    if has(PATIENTS) or has("pcncode") or not (placed(records) or has(SITE_POSTCODE)):
        return False
    codes = records.cells(PRACTICE)
    return has(SITE) or len(set(codes)) < len(codes)


def _area_kinds(records: Records) -> dict[str, int]:
    has = records.has
    if _has_layout(records, geography.VINTAGES):
        return {"vintage_lookup": 1}
    codes = records.number_of(r"f?lsoa\d*(cd|code)")
    # a look-up of other things, a postcode directory, someone's own sums
    other = codes > 1 or has(".*(postcode|pcds|practice|patients).*")
    commissioner = has(r"(sicbl|loc|ccg)\d*(cd|cdh|code.*)")
    system = has(r"(icb|stp)\d*(cd|cdh|code.*)")
    kinds = _first(
        ("deprivation", has(DEPRIVATION)),
        ("rural_urban", _has_layout(records, geography.RURAL_URBAN)),
        ("localities", has(LOCALITY)),
        ("small_area_lookup", not other and (commissioner or system)),
        ("populations", not other and has("total(population)?|allages|population")),
        ("populations", not other and records.number_of(YEAR) > 17),
        ("localities", not other and _has_layout(records, geography.LOCALITIES)),
    )
    if "small_area_lookup" in kinds and not (commissioner and system):
        kinds["small_area_lookup"] = 2
    if kinds or other:
        return kinds
    # a grid of times has bases across, which only the teams tell
    return {"travel_times": GRID} if _has_layout(records, travel_times.BY_AREA) else {}


def _further(records: Records) -> dict[str, int]:
    """Kinds of tables of sites and of PCNs, which have no form of their own."""
    has = records.has
    if records.mostly(PCN, PCN_CODE):
        codes = records.cells(PCN)
        # what else there is must say something of the PCN, each once
        more = [n for n in records.names if n and not fits(rf"{PCN}|pcnname|.*(icb|ccg).*", n)]
        lists = has(rf".*(opendate|closedate).*|{AREA}|{TEAM}|{PRACTICE}")
        return {} if lists or not more or len(set(codes)) < len(codes) else {"attributes": 1}
    if not has(SITE_NAME) or not (placed(records) or has(SITE_POSTCODE)) or has(f"{TEAM}|{AREA}"):
        return {}
    kinds = "organisationtype|subtype|type|sector"
    if records.mostly(kinds, OTHER_CARE) or records.mostly("organisationcode", PRACTICE_TEXT):
        return {}
    return {"candidate_sites": 1}
