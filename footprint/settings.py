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
from footprint.policy import PRESETS, Policy
from footprint.words import listed

#: signs of a patch's name at most: it is the title of every page and picture
LONGEST_NAME = 5_000

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

#: what each kind of lock looks like, for messages
LOCK_EXAMPLES = {
    "together": '["U08925", "U93998"]',
    "apart": '["U16318", "U84263"]',
    "base": '["U36134", "podiatry-north"], a PCN and a team_id',
}


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
        if len(name) > LONGEST_NAME:
            self.fault(f"name of {len(name):,} signs", f"{LONGEST_NAME:,} at most", "name")
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
