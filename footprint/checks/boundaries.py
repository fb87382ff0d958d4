"""Check 6: one commissioner and one ICB for all practices of a PCN."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from footprint.checks.ground import Ground
from footprint.checks.verdict import FLAG, PASS, Severity, Verdict, not_judged
from footprint.codes import among, looked_up
from footprint.joining import areas as area_join
from footprint.joining import extras
from footprint.words import Words, counted, listed, percent

CHECK = "boundaries"

#: what a PCN's patients may live outside of
KINDS = ("commissioner", "icb", "local_authority", "locality")


def boundaries(ground: Ground, outside: pd.DataFrame) -> list[Verdict]:
    """
    Judge whether a PCN's practices have one commissioner and one ICB.

    The shares of its patients who live outside its commissioner, ICB, local authority and main
    locality are said, and flagged only where the policy sets a share. Source: NHS England's
    guidance that a network's geography should not cut across commissioner boundaries.

    Parameters
    ----------
    ground
        What the checks stand on.
    outside
        From :func:`outside_shares`.
    """
    words = ground.patch.words
    named = _named(words)
    threshold = f"one {words.commissioner} and one {words.system}"
    practices = ground.patch.practices
    practices = practices[(practices["commissioner_code"] != "") & practices["pcn_code"].notna()]
    rows_of = practices.groupby("pcn_code").indices
    held_by, in_system = (practices[f"{kind}_code"].tolist() for kind in ("commissioner", "icb"))
    places = practices.geometry.to_numpy()
    living_of = outside.to_dict("index")
    out = []
    for code in ground.judged:
        name = ground.names[code]
        given = rows_of.get(code, ())
        over = _over(ground, living_of[code], named)
        if not len(given) and not over:
            why = f"The files do not say which {words.commissioner} {name}'s practices have."
            out.append(not_judged(code, CHECK, threshold, why))
            continue
        counts = Counter(held_by[at] for at in given)
        systems = len({in_system[at] for at in given} - {""})
        living = _living(living_of[code], named)
        figure = max(len(counts), systems)
        if figure > 1:
            ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            split = listed([f"{n:,} with {commissioner}" for commissioner, n in ordered])
            many = f"{words.commissioner}s"
            sentence = (
                f"{name}'s practices have {counted(len(counts), words.commissioner, many)}: {split}"
            )
            if systems > 1:
                sentence += f", in {systems} {words.system}s"
            severity: Severity = "strong" if systems > 1 else "mild"
            drawn = tuple((f"{held_by[at]}", places[at]) for at in given if places[at] is not None)
            out.append(
                Verdict(
                    code, CHECK, FLAG, severity, figure, threshold, f"{sentence}.{living}", drawn
                )
            )
            continue
        if over:
            sentence = f"{name}: {listed(over)}."
            out.append(Verdict(code, CHECK, FLAG, "mild", figure, threshold, sentence))
            continue
        sentence = f"All of {name}'s practices have one {words.commissioner}.{living}"
        out.append(Verdict(code, CHECK, PASS, "none", figure, threshold, sentence))
    return out


def outside_shares(ground: Ground) -> pd.DataFrame:
    """
    Shares of each PCN's placed patients who live outside what it belongs to.

    Returns
    -------
    outside
        Index pcn_code; outside_commissioner, outside_icb, outside_local_authority and
        outside_locality (0 to 1, NaN where no file tells), and locality (its main one, "" where
        none is known). A PCN's local authority and its main locality are those of most of its
        patients; people in no locality live outside it. A patch may be a part of what the files
        tell of: areas beyond it are told by the whole look-up and the whole file of localities.
    """
    pairs = ground.footprints.pairs
    areas, unknown = _everywhere(ground, pairs["small_area_code"])
    out = pd.DataFrame(index=pd.Index(ground.judged, name="pcn_code"))
    people = pairs.groupby("pcn_code")["patients"].sum().reindex(out.index)
    main = pd.Series("", index=out.index, dtype="str")
    for kind in KINDS:
        name = kind if kind == "locality" else f"{kind}_code"
        column = areas[name]
        if (ground.patch.small_areas[name] == "").all():
            out[f"outside_{kind}"] = float("nan")
            continue
        where = looked_up(pairs["small_area_code"], column).fillna("")
        sums = pairs.groupby(["pcn_code", where.rename("where")])["patients"].sum().reset_index()
        if kind in {"local_authority", "locality"}:
            most = sums[sums["where"] != ""].sort_values(
                ["pcn_code", "patients", "where"], ascending=[True, False, True]
            )
            own = most.drop_duplicates("pcn_code").set_index("pcn_code")["where"]
        else:
            own = ground.patch.pcns[f"{kind}_code"]
        if kind == "locality":
            main = own.reindex(out.index).fillna("").astype("str")
        inside = sums[sums["where"] == sums["pcn_code"].map(own)]
        inside = inside.set_index("pcn_code")["patients"].reindex(out.index, fill_value=0)
        if kind != "locality" and len(unknown):
            lost = pairs[among(pairs["small_area_code"], unknown)]
            lost = lost.groupby("pcn_code")["patients"].sum()
            inside = inside + lost.reindex(out.index, fill_value=0)
        out[f"outside_{kind}"] = 1 - inside / people.where(people > 0)
    out["locality"] = main
    return out


def _everywhere(ground: Ground, lived_in: pd.Series) -> tuple[pd.DataFrame, pd.Index]:
    """
    Tell of the patch's small areas and of those beyond it that its patients live in.

    Returns
    -------
    areas, unknown
        Index small_area_code: the codes of commissioner, ICB and local authority, and locality, ""
        where no file tells. Codes of areas of which nobody can say whether they are outside.
    """
    patch = ground.patch
    columns = [name if name == "locality" else f"{name}_code" for name in KINDS]
    own = patch.small_areas[columns]
    beyond = pd.Index(lived_in.unique()).difference(own.index)
    if "small_area_lookup" not in patch.tables or not len(beyond):
        return own, beyond[:0]
    practices = patch.tables["practices"].frame.sort_values("practice_code")
    look = area_join.look_up(patch.tables, practices, of=beyond)
    told = look.reindex(columns=columns[:-1], index=beyond).fillna("")
    frame = patch.tables["small_areas"].frame
    shapes = frame[among(frame["small_area_code"], beyond)].set_index("small_area_code")
    # what the localities leave out was told when the patch was joined
    told["locality"] = extras.localities(patch.tables, shapes, frame, []).reindex(
        beyond, fill_value=""
    )
    unknown = beyond.difference(look.index)
    scope = patch.settings.scope
    if scope.everything or scope.icb is not None:
        # the look-up holds the whole ICB: what it leaves out is not of it
        return pd.concat([own, told]), unknown[:0]
    # ... that of a part of an ICB need not, but is of one country
    home = patch.tables["small_area_lookup"].frame["small_area_code"].str[:1].unique()
    return pd.concat([own, told]), unknown[unknown.str[:1].isin(home)]


def _named(words: Words) -> Mapping[str, str]:
    return {
        "commissioner": words.commissioner,
        "icb": words.system,
        "local_authority": "local authority",
        "locality": "main locality",
    }


def _living(shares: Mapping[str, Any], named: Mapping[str, str]) -> str:
    said = [
        f"{percent(shares[f'outside_{kind}'])} {{}}outside its {_which(kind, shares, named)}"
        for kind in KINDS
        if pd.notna(shares[f"outside_{kind}"]) and shares[f"outside_{kind}"] >= 0.005
    ]
    if not said:
        return ""
    told = [x.replace("{}", "" if at else "of its patients live ", 1) for at, x in enumerate(said)]
    return f" {listed(told)}."


def _which(kind: str, shares: Mapping[str, Any], named: Mapping[str, str]) -> str:
    return f"{named[kind]} ({shares['locality']})" if kind == "locality" else named[kind]


def _over(ground: Ground, shares: Mapping[str, Any], named: Mapping[str, str]) -> list[str]:
    policy = ground.patch.settings.policy
    limits = {kind: getattr(policy, f"outside_{kind}_share") for kind in KINDS}
    return [
        f"{_above(shares[f'outside_{kind}'], limit)} of its patients live outside its"
        f" {_which(kind, shares, named)}, above {100 * limit:.4g}%"
        for kind, limit in limits.items()
        if limit is not None
        and pd.notna(shares[f"outside_{kind}"])
        and shares[f"outside_{kind}"] > limit
    ]


def _above(share: float, limit: float) -> str:
    # 5.3% must not read as the 5% that it is above
    told = percent(share)
    return f"{share:.1%}" if told == f"{100 * limit:.4g}%" else told
