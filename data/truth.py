"""What an analysis of the patch has to find: written beside the files, from the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import faults, names, teams
from .county import BEYOND, NEIGHBOUR, NETWORKS
from .people import NAMES, Ints
from .surgeries import BETWEEN

if TYPE_CHECKING:
    from .generate import County

REASONS = {"C": "CLOSED", "E": "EMPTY", "W": "Wales", "S": "Scotland", "N": "Northern Ireland"}


def _code(name: str) -> str:
    return NETWORKS[NAMES.index(name)].code


def _share(part: float, whole: float) -> float:
    return round(float(part) / float(whole), 4)


def facts(county: County, differences: Mapping[int, int]) -> dict[str, Any]:
    """
    The truth of the patch as plain values.

    Parameters
    ----------
    county
        The county as it was built.
    differences
        Practice number: how much its list size was made to differ from its registrations.

    Returns
    -------
    facts
        ``counts``, ``list_sizes``, ``checks`` (per check: flagged, noted, listed), ``neighbour``,
        ``crossings``, ``localities``, ``alignment`` and ``services``; shares are rounded to 4
        decimals.
    """
    networks = np.array([p.network for p in county.practices])
    in_patch = networks != -2
    patients = county.patients.copy()
    reasons = dict.fromkeys(REASONS.values(), 0)
    off = np.zeros(len(networks), dtype=int)
    for k, area, people in county.unplaced:
        reasons[REASONS[area[0]]] += people
        off[k] += people
    registered = patients.sum(axis=0) + off
    lists = registered.copy()
    for k, more in differences.items():
        lists[k] += more
    sizes = {
        network.code: int(lists[networks == number].sum())
        for number, network in enumerate(NETWORKS)
    }
    outside = int(patients[~county.inside][:, in_patch].sum())
    codes = np.array([*(n.code for n in NETWORKS), NEIGHBOUR.code])
    owners = {
        county.area_codes[a]: str(codes[county.holder[a]] if county.holder[a] >= 0 else codes[-1])
        for a in np.flatnonzero(county.inside).tolist()
    }
    return {
        "note": "Fictional. What an analysis of this patch has to find, by construction.",
        "name": names.COUNTY,
        "icb": "QZ1",
        "commissioners": sorted({*county.area_commissioner} - {BEYOND}),
        "counts": {
            "practices": int(in_patch.sum()),
            "pcns": len(NETWORKS),
            "small_areas": int(county.inside.sum()),
            "small_areas_beyond": int((~county.inside).sum()),
            "registered": int(registered[in_patch].sum()),
            "list_size": int(lists[in_patch].sum()),
            "placed": int(patients[:, in_patch].sum()),
            "outside_patch": outside,
            "outside_patch_no_pcn": int(patients[~county.inside][:, networks == -1].sum()),
            "registered_all": int(registered.sum()),
            "placed_all": int(patients.sum()),
            "no_pcn": int(registered[networks == -1].sum()),
            "no_pcn_practices": [county.practice_codes[k] for k in np.flatnonzero(networks == -1)],
            "unplaced": reasons,
            "unplaced_total": int(off.sum()),
            "neighbour_practices": int((~in_patch).sum()),
            "neighbour_registered": int(registered[~in_patch].sum()),
            "neighbour_in_patch": int(patients[county.inside][:, ~in_patch].sum()),
        },
        "list_sizes": sizes,
        "list_differences": {
            county.practice_codes[k]: more for k, more in sorted(differences.items())
        },
        "checks": {
            "population": _population(sizes),
            "parts": _parts(county, networks),
            "holes": {
                "flagged": {
                    _code("THRUSH VALE PCN"): {
                        "inside": _code("THRUSHFORD TOWN PCN"),
                        "small_areas": [county.area_codes[a] for a in county.plan.notes["inner"]],
                    }
                }
            },
            "practices_between": {"flagged": {_code(BETWEEN): {"components": 2}}},
            "boundaries": {"flagged": {_code(faults.MIXED): _mixed(county, networks)}},
        },
        "neighbour": {
            "pcn_code": NEIGHBOUR.code,
            "icb": "QZ9",
            "small_areas_won": [county.area_codes[a] for a in county.plan.notes["lost"]],
        },
        "crossings": {
            "bridge": sorted(county.area_codes[a] for a in county.plan.notes["bridge"]),
            "joins": _code("SORREL SOUND PCN"),
            "cut": sorted(county.area_codes[a] for a in county.cut),
        },
        "localities": _localities(county, networks),
        "alignment": _alignment(county, networks),
        "services": _services(int(lists[in_patch & (networks != -1)].sum()), sizes),
        "owners": owners,
    }


def _population(sizes: Mapping[str, int]) -> dict[str, Any]:
    flagged, noted = {}, {}
    for code, size in sizes.items():
        if size < 30_000 and code == _code("BRACKEN FELLS PCN"):
            noted[code] = {"list_size": size, "severity": "note", "why": "rural"}
        elif size < 30_000:
            flagged[code] = {"list_size": size, "severity": "strong", "why": "under"}
        elif size > 50_000:
            flagged[code] = {"list_size": size, "severity": "mild", "why": "over"}
    return {"flagged": flagged, "noted": noted}


def _parts(county: County, networks: Ints) -> dict[str, Any]:
    flagged: dict[str, Any] = {}
    fragments: dict[str, Any] = {}
    bridge = (county.plan.notes["bridge"][0], county.plan.notes["bridge"][1])
    for number, network in enumerate(NETWORKS):
        mine = county.holder == number
        joined = bridge if mine[list(bridge)].all() else None
        piece = county.ground.pieces(mine, extra=joined)
        people = county.patients[mine][:, networks == number].sum(axis=1)
        parts = np.bincount(piece, weights=people)
        if len(parts) > 1:
            order = np.argsort(-parts)
            shares = [_share(parts[k], parts.sum()) for k in order]
            shown = {"patients": [int(parts[k]) for k in order], "shares": shares}
            (flagged if shares[1] >= 0.05 else fragments)[network.code] = shown
    return {"flagged": flagged, "fragments": fragments}


def _mixed(county: County, networks: Ints) -> dict[str, int]:
    mine = np.flatnonzero(networks == NAMES.index(faults.MIXED))
    codes = [county.practice_commissioner[k] for k in mine]
    return {code: codes.count(code) for code in sorted(set(codes))}


def _localities(county: County, networks: Ints) -> dict[str, Any]:
    """Main locality of each network, and the share of its placed patients who live outside it."""
    of = np.array(county.locality_of)
    out = {}
    for number, network in enumerate(NETWORKS):
        people = county.patients[:, networks == number].sum(axis=1)
        inside = {name: int(people[of == name].sum()) for name in names.LOCALITIES}
        main = max(sorted(inside), key=inside.__getitem__)
        out[network.code] = {
            "main": main,
            "outside": _share(people.sum() - inside[main], people.sum()),
        }
    return out


def _alignment(county: County, networks: Ints) -> dict[str, Any]:
    overlap = teams.overlaps(county.patients, networks, county.team_of, county.inside)
    several: dict[str, Any] = {}
    for number, network in enumerate(NETWORKS):
        counts = {code: n for (k, code), n in overlap.items() if k == number}
        whole = sum(counts.values())
        shares = {code: _share(n, whole) for code, n in sorted(counts.items())}
        if max(shares.values()) < 0.95:
            effective = 1 / sum((n / whole) ** 2 for n in counts.values())
            several[network.code] = {"effective_teams": round(effective, 2), "shares": shares}
    most = max(several, key=lambda code: float(several[code]["effective_teams"]))
    return {"service_id": "community-nursing", "most_teams": most, "several_teams": several}


def _services(people: int, sizes: Mapping[str, int]) -> dict[str, Any]:
    out = {}
    for row in teams.SERVICES:
        service = dict(zip(teams.SERVICES_HEADING, row, strict=True))
        ratio = float(service["wte_per_10000"])
        need = max(
            float(service["min_population"]), float(service["min_team_wte"]) / ratio * 10_000
        )
        reach = sum(n for n in sizes.values() if n >= need) / sum(sizes.values())
        own = 1 if reach >= 0.9 else 3 if need >= 250_000 else 2
        staff = [t.wte for t in teams.TEAMS if t.service == service["service_id"]]
        out[service["service_id"]] = {
            "level": int(service["level"] or own),
            "own_level": own,
            "population_needed": round(need),
            "teams": len(staff),
            "staff_wte": round(sum(staff), 1),
            "demand_wte": round(people * ratio / 10_000, 1),
        }
    return out
