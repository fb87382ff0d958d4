"""Check 6: one commissioner and one ICB for all practices of a PCN."""

from __future__ import annotations

import pandas as pd

from footprint.checks.ground import Ground
from footprint.checks.verdict import FLAG, PASS, Severity, Verdict, not_judged
from footprint.words import counted, listed

CHECK = "boundaries"


def boundaries(ground: Ground) -> list[Verdict]:
    """
    Judge whether a PCN's practices have one commissioner and one ICB.

    The shares of its patients who live outside its commissioner, ICB and local authority are said,
    and flagged only where the policy sets a share. Source: NHS England's guidance that a
    network's geography should not cut across commissioner boundaries.
    """
    words = ground.patch.words
    outside = outside_shares(ground)
    threshold = f"one {words.commissioner} and one {words.system}"
    members_of = dict(list(ground.patch.practices.groupby("pcn_code")))
    out = []
    for code in ground.judged:
        name = ground.names[code]
        members = members_of[code]
        given = members[members["commissioner_code"] != ""]
        if given.empty:
            why = f"The files do not say which {words.commissioner} {name}'s practices have."
            out.append(not_judged(code, CHECK, threshold, why))
            continue
        counts = given["commissioner_code"].value_counts()
        systems = given.loc[given["icb_code"] != "", "icb_code"].nunique()
        living = _living(outside.loc[code], words.commissioner, words.system)
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
            drawn = tuple(
                (f"{row.commissioner_code}", row.geometry)
                for row in given.itertuples()
                if row.geometry is not None
            )
            out.append(
                Verdict(
                    code, CHECK, FLAG, severity, figure, threshold, f"{sentence}.{living}", drawn
                )
            )
            continue
        over = _over(ground, outside.loc[code])
        if over:
            sentence = f"{name}: {listed(over)}."
            out.append(Verdict(code, CHECK, FLAG, "mild", figure, threshold, sentence))
            continue
        sentence = f"All of {name}'s practices have one {words.commissioner}.{living}"
        out.append(Verdict(code, CHECK, PASS, "none", figure, threshold, sentence))
    return out


def outside_shares(ground: Ground) -> pd.DataFrame:
    """
    Shares of each PCN's placed patients who live outside its commissioner, ICB, local authority.

    Returns
    -------
    shares
        Index pcn_code; commissioner, icb, local_authority: 0 to 1, NA where the look-up lacks it.
        A PCN's local authority is that of most of its patients.
    """
    areas = ground.patch.small_areas
    pairs = ground.footprints.pairs
    out = pd.DataFrame(index=pd.Index(ground.judged, name="pcn_code"))
    people = pairs.groupby("pcn_code")["patients"].sum().reindex(out.index)
    for kind in ("commissioner", "icb", "local_authority"):
        column = areas[f"{kind}_code"]
        if (column == "").all():
            out[kind] = float("nan")
            continue
        where = pairs["small_area_code"].map(column).fillna("")
        sums = pairs.groupby(["pcn_code", where.rename("where")])["patients"].sum().reset_index()
        if kind == "local_authority":
            most = sums[sums["where"] != ""].sort_values(
                ["pcn_code", "patients", "where"], ascending=[True, False, True]
            )
            own = most.drop_duplicates("pcn_code").set_index("pcn_code")["where"]
        else:
            own = ground.patch.pcns[f"{kind}_code"]
        inside = sums[sums["where"] == sums["pcn_code"].map(own)]
        inside = inside.set_index("pcn_code")["patients"].reindex(out.index, fill_value=0)
        out[kind] = 1 - inside / people.where(people > 0)
    return out


def _living(shares: pd.Series, commissioner: str, system: str) -> str:
    named = {"commissioner": commissioner, "icb": system, "local_authority": "local authority"}
    said = [
        f"{shares[kind]:.0%} {{}}outside its {name}"
        for kind, name in named.items()
        if pd.notna(shares[kind]) and shares[kind] >= 0.005
    ]
    if not said:
        return ""
    return (
        f" {listed([said[0].format('of its patients live '), *(x.format('') for x in said[1:])])}."
    )


def _over(ground: Ground, shares: pd.Series) -> list[str]:
    policy = ground.patch.settings.policy
    limits = {
        "commissioner": (policy.outside_commissioner_share, ground.patch.words.commissioner),
        "icb": (policy.outside_icb_share, ground.patch.words.system),
        "local_authority": (policy.outside_local_authority_share, "local authority"),
    }
    return [
        f"{shares[kind]:.0%} of its patients live outside its {name}, above {limit:.0%}"
        for kind, (limit, name) in limits.items()
        if limit is not None and pd.notna(shares[kind]) and shares[kind] > limit
    ]
