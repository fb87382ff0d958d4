"""Settings: frozen dataclasses read from a patch's TOML file, checked when they are made."""

from __future__ import annotations

import dataclasses
import difflib
import math
import os
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from footprint.errors import Fault, SettingsError
from footprint.words import listed

#: every key of ``[inputs]``, in the order in which the files are read
INPUT_KEYS = (
    "practices",
    "list_sizes",
    "weighted_lists",
    "locations",
    "postcodes",
    "sites",
    "registrations",
    "small_areas",
    "small_area_lookup",
    "vintage_lookup",
    "rural_urban",
    "populations",
    "ages",
    "deprivation",
    "attributes",
    "localities",
    "crossings",
    "places",
    "outlines",
    "teams",
    "team_areas",
    "services",
    "candidate_sites",
    "travel_times",
    "roads",
    "road_nodes",
)

#: keys that may have a list of files, which are put together; the others take one
SEVERAL = (
    "practices",
    "list_sizes",
    "weighted_lists",
    "locations",
    "postcodes",
    "sites",
    "registrations",
    "small_areas",
    "small_area_lookup",
    "rural_urban",
    "populations",
    "ages",
    "deprivation",
    "localities",
    "crossings",
    "places",
    "outlines",
    "teams",
    "team_areas",
    "candidate_sites",
    "travel_times",
    "roads",
    "road_nodes",
)

#: what each preset changes in the defaults of :class:`Policy`, with the figures' sources
PRESETS: dict[str, dict[str, Any]] = {
    # NHS England, Network Contract DES 2019: "typically 30,000 to 50,000"
    "pcn-2019": {},
    # the ten-year plan (2025) says about 50,000 and about 250,000; the band is our assumption
    "neighbourhood-2025": {
        "population_min": 30_000,
        "population_max": 70_000,
        "level3_population": 250_000,
    },
}


#: the policy's shares of something, 0 to 1
SHARES = (
    "rural_share",
    "catchment_share",
    "part_share",
    "spread_share",
    "level1_share",
    "alignment_reach",
    "list_difference",
    "outside_commissioner_share",
    "outside_icb_share",
    "outside_local_authority_share",
    "outside_locality_share",
    "population_tolerance",
    "lead_team_slack",
)

#: what each kind of lock looks like, for messages
LOCK_EXAMPLES = {
    "together": '["U08925", "U93998"]',
    "apart": '["U16318", "U84263"]',
    "base": '["U36134", "podiatry-north"], a PCN and a team_id',
}

#: the policy's numbers that may be 0; every other is above it
FROM_ZERO = ("population_tolerance", "lead_team_slack")


#: what Level 1 makes as small as it can be: travel in all, or the longest journey first
WORST_FIRST = "worst first"
FAIRNESS = ("mean", WORST_FIRST)

#: no threshold or price means anything beyond, and sums with it would be nothing but it
LARGEST = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Policy:
    """
    Every threshold and price of an analysis; the defaults are those of the design.

    Populations are people, distances metres or km as named, times minutes, shares 0 to 1.
    Each can be set by its name under ``[policy]`` of a patch file.
    """

    preset: str = "pcn-2019"
    # population
    population_min: int = 30_000
    population_max: int = 50_000
    population_strong_over: int = 100_000
    # share of the band's ends by which a list may lie beyond them, with a note
    population_tolerance: float = 0.0
    rural_exception: bool = False
    rural_share: float = 0.5
    rural_density: float = 150.0
    # footprints and parts
    catchment_share: float = 0.8
    part_share: float = 0.05
    few_registrations: int = 300
    adjacency_gap_m: float = 1.0
    adjacency_border_m: float = 20.0
    # places
    same_place_m: float = 50.0
    cluster_km_urban: float = 3.0
    cluster_km_rural: float = 8.0
    spread_km: float = 15.0
    spread_share: float = 0.5
    # boundaries: shares of patients living outside; flagged only where set
    outside_commissioner_share: float | None = None
    outside_icb_share: float | None = None
    outside_local_authority_share: float | None = None
    outside_locality_share: float | None = None
    # totals
    list_difference: float = 0.05
    # alignment
    alignment_reach: float = 0.95
    # levels
    level1_share: float = 0.9
    level3_population: int = 250_000
    # travel estimate: straight line x detour, km/h by class
    detour: float = 1.3
    speed_urban: float = 30.0
    speed_rural: float = 50.0
    speed_unclassed: float = 38.0
    # a place farther than this from every road goes by the estimate
    road_snap_m: float = 1_000.0
    # Level 1: the least travel in all, or the longest journey made as short as it can be first
    fairness: str = "mean"
    # Level 1: as many PCNs as possible with one team alone, at this much more than the cheapest
    lead_teams: bool = True
    lead_team_slack: float = 0.05
    # prices, in minutes per WTE
    move_price: float = 10.0
    vacancy_shares: tuple[float, ...] = (0.10, 0.25)
    vacancy_prices: tuple[float, ...] = (200.0, 400.0, 800.0)
    # groups
    nest: bool = False
    cross_icb: bool = False

    def __post_init__(self) -> None:
        faults: list[tuple[str, object, str]] = [
            (name, value, "a number above 0")
            for name, value in dataclasses.asdict(self).items()
            if isinstance(value, (int, float))
            and not isinstance(value, bool)
            and value <= 0
            and name not in FROM_ZERO
        ]
        faults += [
            (name, number, f"at most {LARGEST:,}")
            for name, value in dataclasses.asdict(self).items()
            for number in (value if isinstance(value, tuple) else (value,))
            if isinstance(number, (int, float)) and number > LARGEST
        ]
        for name in SHARES:
            value = getattr(self, name)
            if value is not None and (value > 1 or (value < 0 and name in FROM_ZERO)):
                faults.append((name, value, "a share from 0 to 1"))
        if self.fairness not in FAIRNESS:
            faults.append(("fairness", repr(self.fairness), f"one of {', '.join(FAIRNESS)}"))
        if self.population_min >= self.population_max:
            faults.append(("population_min", self.population_min, "less than population_max"))
        if self.population_max > self.population_strong_over:
            faults.append(
                ("population_strong_over", self.population_strong_over, "at least population_max")
            )
        if len(self.vacancy_prices) != len(self.vacancy_shares) + 1:
            faults.append(
                ("vacancy_prices", self.vacancy_prices, "one price more than vacancy_shares")
            )
        if list(self.vacancy_shares) != sorted(set(self.vacancy_shares)) or any(
            not 0 < share < 1 for share in self.vacancy_shares
        ):
            faults.append(("vacancy_shares", self.vacancy_shares, "rising shares between 0 and 1"))
        if list(self.vacancy_prices) != sorted(set(self.vacancy_prices)):
            faults.append(("vacancy_prices", self.vacancy_prices, "rising prices"))
        if faults:
            raise SettingsError(
                Fault(file="[policy]", column=name, found=str(found), expected=expected)
                for name, found, expected in faults
            )


@dataclass(frozen=True)
class Scope:
    """
    What the patch is: an ICB, commissioners, PCNs, or everything when all are empty.

    Codes are ODS codes ("QNC", "05D", "U57641").
    """

    icb: str | None = None
    commissioners: tuple[str, ...] = ()
    pcns: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """True when nothing narrows the patch."""
        return self.icb is None and not self.commissioners and not self.pcns


@dataclass(frozen=True)
class Locks:
    """
    What groups of Levels 2 and 3 have to keep to, in codes.

    Parameters
    ----------
    together
        Pairs of PCNs that share a group.
    apart
        Pairs of PCNs that do not.
    base
        Pairs of a PCN and the team whose group it is in; of no effect on other services than the
        team's.
    """

    together: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    base: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        """How many there are."""
        return len(self.together) + len(self.apart) + len(self.base)


@dataclass(frozen=True)
class Settings:
    """
    One patch: its name, its files, its scope, its policy and its locks.

    ``inputs`` maps each given key of :data:`INPUT_KEYS` to its files, in the order given, one or
    more; ``file`` is the TOML file.
    """

    name: str
    inputs: Mapping[str, tuple[Path, ...]]
    scope: Scope = field(default_factory=Scope)
    policy: Policy = field(default_factory=Policy)
    file: Path = Path("patch.toml")
    locks: Locks = field(default_factory=Locks)

    def shown(self, key: str) -> str:
        """Name the files of a key as messages do; the patch file where it has none."""
        return listed([str(path) for path in self.inputs.get(key, ())]) or str(self.file)


def load(path: str | Path) -> Settings:
    """
    Read a patch file.

    Parameters
    ----------
    path
        A TOML file in the form that the README shows; paths inside are relative to it.

    Returns
    -------
    settings
        Checked settings.

    Raises
    ------
    SettingsError
        With every fault: no such file, not TOML, an unknown key (with the nearest known one),
        a value of the wrong kind, a file that does not exist.
    """
    path = Path(path)
    shown = str(path)
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise _one(shown, "no such file", "a patch file (TOML)") from None
    except IsADirectoryError:
        raise _one(shown, "a folder", "a patch file (TOML), such as patch.toml in it") from None
    except UnicodeDecodeError as error:
        raise _one(shown, f"bytes that are not UTF-8 ({error.reason})", "a TOML file") from None
    except tomllib.TOMLDecodeError as error:
        raise _one(shown, f"not TOML: {error}", "a TOML file") from None
    except RecursionError:
        raise _one(shown, "lists or tables hundreds deep", "a TOML file") from None
    except ValueError:
        # the only other one of the parser: python refuses such numbers
        raise _one(shown, "a number of thousands of digits", "a TOML file") from None
    except OSError as error:
        raise _one(shown, error.strerror or str(error), "a readable TOML file") from None
    return _settings(raw, path)


def _one(file: str, found: str, expected: str) -> SettingsError:
    return SettingsError([Fault(file=file, found=found, expected=expected)])


class _Reader:
    """Reads the tables of one patch file and keeps what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any], path: Path) -> None:
        self.raw = raw
        self.path = path
        self.faults: list[Fault] = []

    def fault(self, found: str, expected: str, key: str | None = None) -> None:
        self.faults.append(Fault(str(self.path), found, expected, column=key))

    def known(self, keys: Iterable[str], known: Iterable[str], where: str) -> None:
        known = list(known)
        for key in keys:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
                self.fault(f"unknown key {key!r} in {where}", hint)

    def table(self, name: str) -> Mapping[str, Any]:
        value = self.raw.get(name, {})
        if not isinstance(value, Mapping):
            self.fault(f"{name} = {value!r}", f"a table [{name}]")
            return {}
        return value

    def name(self) -> str:
        name = self.raw.get("name", self.path.resolve().parent.name)
        if not isinstance(name, str) or not name.strip():
            self.fault(f"name = {name!r}", "a text that names the patch")
            return ""
        return " ".join(name.split())

    def inputs(self) -> dict[str, tuple[Path, ...]]:
        given = self.table("inputs")
        self.known(given, INPUT_KEYS, "[inputs]")
        found = {key: self.paths(key, given[key]) for key in INPUT_KEYS if key in given}
        inputs = {key: paths for key, paths in found.items() if paths}
        for key in ("practices", "small_areas"):
            if key not in given:
                self.fault(f"no {key} in [inputs]", "the path of a file", key)
        if "practices" in given and not {"list_sizes", "registrations"} & set(given):
            self.fault("neither list_sizes nor registrations", "at least one of the two")
        if "teams" in given and "services" not in given:
            self.fault("teams without services", "the path of a services file", "services")
        if "road_nodes" in given and "roads" not in given:
            self.fault("road_nodes without roads", "the path of a road network", "roads")
        return inputs

    def paths(self, key: str, value: object) -> tuple[Path, ...]:
        """Return the files of a key, which may be a list; none where it is no list of paths."""
        given = value if isinstance(value, list) else [value]
        texts = [text for text in given if isinstance(text, str) and text.strip()]
        if not texts or len(texts) < len(given):
            more = ", or a list of paths" if key in SEVERAL else ""
            self.fault(f"{key} = {value!r}", f"the path of a file{more}", key)
            return ()
        if len(texts) > 1 and key not in SEVERAL:
            expected = f"one: files of {key} cannot be put together"
            self.fault(f"a list of {len(texts):,} files", expected, key)
            return ()
        seen: set[str] = set()
        for text in texts:
            path = self.path.parent / text
            try:
                there, folder = path.is_file(), path.is_dir()
            except (OSError, ValueError):
                # a name too long or with a sign that no file can have
                there = folder = False
            if not there:
                found = "a folder" if folder else "no such file"
                self.fault(f"{found}: {text}", "a file that exists", key)
            # the same file by two ways is one file
            same = os.path.normpath(path)
            if same in seen:
                self.fault(f"{text} twice", "each file once: it would count twice", key)
            seen.add(same)
        return tuple(self.path.parent / text for text in texts)

    def scope(self) -> Scope:
        given = self.table("patch")
        self.known(given, ("icb", "commissioners", "pcns"), "[patch]")
        icb = given.get("icb", "")
        if not isinstance(icb, str):
            self.fault(f"icb = {icb!r}", 'one code, such as "QNC"', "icb")
            icb = ""
        lists: dict[str, tuple[str, ...]] = {}
        for key in ("commissioners", "pcns"):
            value = given.get(key, [])
            if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
                self.fault(f"{key} = {value!r}", "a list of codes", key)
                value = []
            lists[key] = tuple(code.strip().upper() for code in value)
        scope = Scope(icb=icb.strip().upper() or None, **lists)
        if sum(map(bool, (scope.icb, scope.commissioners, scope.pcns))) > 1:
            self.fault("more than one of icb, commissioners, pcns", "only one", "[patch]")
        return scope

    def policy(self) -> Policy:
        given = self.table("policy")
        kinds = {item.name: str(item.type) for item in dataclasses.fields(Policy)}
        self.known(given, kinds, "[policy]")
        preset = given.get("preset", "pcn-2019")
        if not isinstance(preset, str) or preset not in PRESETS:
            self.fault(f"preset = {preset!r}", f"one of {', '.join(PRESETS)}", "preset")
            preset = "pcn-2019"
        values: dict[str, Any] = {**PRESETS[preset], "preset": preset}
        for key, value in given.items():
            if key in kinds and key != "preset":
                try:
                    values[key] = _value(value, kinds[key])
                except ValueError as error:
                    self.fault(f"{key} = {value!r}", str(error), key)
        try:
            return Policy(**values)
        except SettingsError as error:
            shown = f"{self.path}, [policy]"
            self.faults += [dataclasses.replace(fault, file=shown) for fault in error.faults]
            return Policy()

    def locks(self) -> Locks:
        given = self.table("locks")
        kinds = [item.name for item in dataclasses.fields(Locks)]
        self.known(given, kinds, "[locks]")
        return Locks(**{kind: self.pairs(kind, given[kind]) for kind in kinds if kind in given})

    def pairs(self, kind: str, value: object) -> tuple[tuple[str, str], ...]:
        """Return the pairs of a kind of lock, each once and in order; codes of PCNs in capitals."""
        shown, example = f"{self.path}, [locks]", LOCK_EXAMPLES[kind]
        if not isinstance(value, list):
            fault = Fault(shown, f"{kind} = {value!r}", f"a list of pairs: {example}", column=kind)
            self.faults.append(fault)
            return ()
        found: set[tuple[str, str]] = set()
        for pair in value:
            if not (
                isinstance(pair, list)
                and len(pair) == 2
                and all(isinstance(code, str) and code.strip() for code in pair)
            ):
                expected = f"a pair of codes, such as {example}"
                self.faults.append(Fault(shown, repr(pair), expected, column=kind))
                continue
            first, second = pair[0].strip().upper(), pair[1].strip()
            if kind == "base":
                found.add((first, second))
                continue
            second = second.upper()
            if first == second:
                self.faults.append(Fault(shown, f"{first} twice", "two PCNs", column=kind))
            # a pair is the same either way round
            found.add((min(first, second), max(first, second)))
        return tuple(sorted(found))


def _settings(raw: Mapping[str, Any], path: Path) -> Settings:
    reader = _Reader(raw, path)
    reader.known(raw, ("name", "inputs", "patch", "policy", "locks"), "the file")
    settings = Settings(
        name=reader.name(),
        inputs=reader.inputs(),
        scope=reader.scope(),
        policy=reader.policy(),
        file=path,
        locks=reader.locks(),
    )
    if reader.faults:
        raise SettingsError(reader.faults)
    return settings


def _value(value: object, kind: str) -> object:
    """Return a TOML value as a policy field holds it; ValueError says what was expected."""
    if kind == "bool":
        if not isinstance(value, bool):
            raise ValueError("true or false")
        return value
    if kind == "str":
        if not isinstance(value, str):
            raise ValueError("a text")
        return value
    if kind.startswith("tuple"):
        if not isinstance(value, list) or not all(_is_number(item) for item in value):
            raise ValueError("a list of numbers")
        return tuple(float(item) for item in value)
    if not _is_number(value):
        raise ValueError("a whole number" if kind == "int" else "a number")
    if kind == "int":
        if float(value) != int(value):  # type: ignore[call-overload, arg-type]
            raise ValueError("a whole number")
        return int(value)  # type: ignore[call-overload]
    return float(value)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    # true is a number to python, not in a patch file; nor are nan and inf
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        # beyond what a float can hold nothing can be reckoned with it
        return abs(value) <= sys.float_info.max
    return isinstance(value, float) and math.isfinite(value)
