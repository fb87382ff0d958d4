"""Choosing among the trust's own files: those whose PCNs, teams and places are the patch's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from footprint.joining.common import points
from footprint.sources.postcodes import find
from footprint.sources.tabular import Table
from footprint.starter.choice import Accepts, Choice, Shelf
from footprint.starter.kinds import GRID
from footprint.starter.order import By, Files, alone
from footprint.starter.recognise import Seen
from footprint.starter.shapes import held_in
from footprint.words import counted, listed

#: metres around the patch within which a site is still of use to it
NEAR_M = 10_000
#: candidate sites that are tried
MOST_SITES = 1_000
#: what to do with a file of the whole country
KEEP = "keep your area's in a file of their own"


class Own:
    """
    The choice, key after key: most hang on the teams and on where the patch is.

    Parameters
    ----------
    shelf
        With the official files chosen; what is chosen here is added.
    place
        Order of files that are equal else.
    """

    def __init__(self, shelf: Shelf, place: Sequence[By]) -> None:
        self.shelf, self.place = shelf, list(place)
        self.beside: Path | None = None
        self.areas = _patch_areas(shelf)

    def run(self) -> None:
        """Choose for each key."""
        teams = self._teams()
        self.beside = None if teams is None else teams.seen.path.parent
        self._take("services", self._services)
        if teams is None or teams.table is None:
            self._idle_areas()
        else:
            self._take("team_areas", self._team_areas)
            self._other_polygons()
        self._travel_times()
        self._roads()
        self._take("attributes", self._attributes)
        self._take("localities", self._reaches)
        self._take("crossings", self._crossings)
        self._take("places", self._near)
        self._take("outlines", self._reaches)
        self._take("sites", self._sites)
        self._take("candidate_sites", self._near)

    def _take(
        self, key: str, accepts: Accepts, seen: Iterable[Seen] | None = None
    ) -> Choice | None:
        def rank(files: Files) -> int:
            return files[0].kinds[key]

        def apart(files: Files) -> bool:
            return self.beside is not None and files[0].path.parent != self.beside

        words = "districts, which orient best" if key == "outlines" else "made for this"
        by = [
            By(rank, lambda files: words),
            By(apart, lambda files: "beside the teams"),
            By(lambda files: -files[0].year, lambda files: "the latest"),
            *self.place,
        ]
        found = self.shelf.of(key) if seen is None else seen
        return self.shelf.take(key, alone(found), by, accepts=accepts)

    def _teams(self) -> Choice | None:
        known = self._pcns()
        fitting = []
        for one in self.shelf.of("teams"):
            if known and one.pcns and len(one.pcns & known) * 2 < len(one.pcns):
                shown = self.shelf.show(one.path)
                text = f"{shown} was not used for teams: most of its PCNs are not of this patch."
                self.shelf.note("teams", text)
            else:
                fitting.append(one)
        return self._take("teams", lambda table: "", fitting)

    def _pcns(self) -> set[str]:
        """PCNs of the patch; none where they are not known."""
        table = self.shelf.table("practices")
        if table is None:
            return set()
        frame = table.frame
        if self.shelf.out.icb:
            frame = frame[frame["icb_code"] == self.shelf.out.icb]
        return set(frame["pcn_code"].dropna())

    def _services(self, table: Table) -> str:
        lost = self.shelf.values("teams", "service_id") - set(table.frame["service_id"])
        return f"it lacks the service {listed(sorted(lost))} of the teams" if lost else ""

    def _team_areas(self, table: Table) -> str:
        strange = set(table.frame["team_id"]) - self.shelf.values("teams", "team_id")
        named = listed(sorted(strange), 3)
        return f"it has areas of {named}, not in the teams file" if strange else ""

    def _idle_areas(self) -> None:
        for one in self.shelf.of("team_areas"):
            shown = self.shelf.show(one.path)
            text = f"{shown} has areas of teams: use it with the teams file that names them."
            self.shelf.note("team_areas", text)

    def _other_polygons(self) -> None:
        """Say where polygons hold the teams' ids in a column of another name."""
        if "team_areas" in self.shelf.out.files:
            return
        ids = {str(value) for value in self.shelf.values("teams", "team_id")}
        for one in self.shelf.of("team_areas", doubtful=True):
            name = held_in(one.path, one.headings, ids)
            if name:
                self.shelf.note(
                    "team_areas",
                    f"{self.shelf.show(one.path)} has the teams' ids in its column {name!r}: call"
                    " that column team_id, and it can be used for team_areas.",
                )

    def _travel_times(self) -> None:
        columns = ("team_id", "base_name", "base_postcode")
        bases = {_plain(value) for name in columns for value in self.shelf.values("teams", name)}
        fitting = [
            one
            for one in self.shelf.of("travel_times")
            # of a grid only the headings tell whether it is one of bases
            if one.kinds["travel_times"] < GRID or bases & set(map(_plain, one.headings))
        ]

        def accepts(table: Table) -> str:
            known = not bases or bases & set(map(_plain, table.frame["base"].unique()))
            return "" if known else "none of its bases is one of the teams file"

        self._take("travel_times", accepts, fitting)

    def _roads(self) -> None:
        taken = self._take("roads", lambda table: "")
        if taken is not None and taken.table is not None and taken.table.frame["x1"].isna().any():
            ends = {*taken.table.frame["from_node"], *taken.table.frame["to_node"]}

            def accepts(table: Table) -> str:
                held = bool(ends & set(table.frame["node"]))
                return "" if held else "none of its nodes is an end of the roads"

            self._take("road_nodes", accepts)

    def _attributes(self, table: Table) -> str:
        known = self._pcns()
        there = not known or known & set(table.frame["pcn_code"])
        return "" if there else "none of its PCNs is of this patch"

    def _crossings(self, table: Table) -> str:
        areas = self.shelf.values("small_areas", "small_area_code")
        lost = sorted((set(table.frame["a"]) | set(table.frame["b"])) - areas) if areas else []
        return f"it names {listed(lost, 3)}, not in the boundaries" if lost else ""

    def _reaches(self, table: Table) -> str:
        """Say where shapes, or small areas of a table, are not of the patch."""
        if self.areas is None:
            return ""
        if isinstance(table.frame, gpd.GeoDataFrame):
            here = shapely.box(*self.areas.total_bounds)
            held = bool(table.frame.geometry.intersects(here).any())
        else:
            held = bool(table.frame["small_area_code"].isin(self.areas.index).any())
        return "" if held else "nothing of it lies in this patch"

    def _sites(self, table: Table) -> str:
        unplaced = table.frame["x"].isna().all() and "postcodes" not in self.shelf.out.files
        return "it places by postcode, and no postcodes were found" if unplaced else ""

    def _near(self, table: Table) -> str:
        """Say where most places are away from the patch."""
        frame = table.frame
        place = points(frame)
        lost = np.array([point is None for point in place], dtype=bool)
        known = self.shelf.table("postcodes")
        if lost.any() and "postcode" in frame and known is not None:
            place[lost] = points(find(frame.loc[lost, "postcode"], known.frame))
        place = place[[point is not None for point in place]]
        if not len(place):
            return self._sites(table) or "none of its places is known"
        if self.areas is None:
            # of the whole country every journey would be reckoned
            many = "site_code" in frame and len(place) > MOST_SITES
            return f"{len(place):,} places are too many; {KEEP}" if many else ""
        here = shapely.box(*self.areas.total_bounds).buffer(NEAR_M)
        away = int((~shapely.intersects(here, place)).sum())
        if 2 * away <= len(place):
            return ""
        some = f"{away:,} of {counted(len(place), 'place')} are not in this patch"
        return f"{some}; {KEEP}" if away < len(place) else some


def _patch_areas(shelf: Shelf) -> gpd.GeoDataFrame | None:
    """Small areas of the patch's ICB, index small_area_code; None where they cannot be told."""
    areas, look = shelf.table("small_areas"), shelf.table("small_area_lookup")
    practices = shelf.table("practices")
    if areas is None or look is None or practices is None or not shelf.out.icb:
        return None
    frame = practices.frame
    names = {shelf.out.icb, *frame.loc[frame["icb_code"] == shelf.out.icb, "icb_ons"]} - {""}
    codes = look.frame.loc[look.frame["icb_code"].isin(names), "small_area_code"]
    mine = areas.frame.set_index("small_area_code")
    mine = mine[mine.index.isin(codes)]
    return None if mine.empty else mine


def _plain(text: str) -> str:
    return "".join(str(text).casefold().split())
