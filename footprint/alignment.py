"""
How far community teams and PCNs line up, service by service, counted in patients.

A patient belongs to the PCN of their practice and to the team in whose area they live. A team
without an area has the PCNs that it serves instead.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from footprint.contingency import agreement, effective_number, lead, number_to_reach
from footprint.rounding import largest_remainder
from footprint.words import percent

#: the team of patients who live in no team's area
NO_TEAM = ""


def align(
    teams: pd.DataFrame, team_areas: pd.DataFrame | None, patients: pd.DataFrame
) -> pd.DataFrame:
    """
    Patients by PCN and team, for each service that has teams.

    Each team follows its own rule, so one service may hold both kinds. First, patients who live
    in a small area listed for teams of the service belong to those teams, in equal shares where
    an area is listed for several. Then, teams without any area share equally the patients of the
    PCNs they serve who are not in another team's area. Who is left is in no team's area. Every
    patient is counted once; shares are made whole by largest remainder, ties to the lower code.

    Parameters
    ----------
    teams
        ``team_id``, ``service_id`` and ``pcn_codes`` (tuple of the PCNs it serves).
    team_areas
        ``small_area_code`` and ``team_id``, or None.
    patients
        ``small_area_code``, ``pcn_code`` and ``patients`` (int): the patch's PCNs, every placed
        patient, those outside the patch included.

    Returns
    -------
    alignment
        ``service_id``, ``pcn_code``, ``team_id`` ("" for no team's area), ``patients`` (int, above
        0), ``share`` of the PCN's patients who have a team (NaN in the rows of no team) and
        ``rule`` (area, pcns, or ""); sorted by service, PCN and team.
    """
    columns = ["service_id", "pcn_code", "team_id", "patients", "share", "rule"]
    total = patients.groupby("pcn_code")["patients"].sum()
    tables = [
        _service(str(service), rows, team_areas, patients, total)
        for service, rows in teams.groupby("service_id", sort=True)
    ]
    if not tables:
        return pd.DataFrame(columns=columns)
    table = pd.concat(tables, ignore_index=True)
    with_team = table["patients"].where(table["team_id"] != NO_TEAM)
    whole = with_team.groupby([table["service_id"], table["pcn_code"]]).transform("sum")
    table["share"] = with_team / whole
    return table[columns]


def _service(
    service: str,
    teams: pd.DataFrame,
    team_areas: pd.DataFrame | None,
    patients: pd.DataFrame,
    total: pd.Series,
) -> pd.DataFrame:
    # those who live in a team's area
    if team_areas is None:
        team_areas = pd.DataFrame({"small_area_code": [], "team_id": []}, dtype=str)
    areas = team_areas.loc[
        team_areas["team_id"].isin(teams["team_id"]), ["small_area_code", "team_id"]
    ].drop_duplicates()
    areas = areas.assign(among=areas.groupby("small_area_code")["team_id"].transform("size"))
    # without areas nobody is looked for in them
    inside = (patients if len(areas) else patients.iloc[:0]).merge(areas, on="small_area_code")
    inside = inside.assign(patients=inside["patients"] / inside["among"])
    inside = inside.groupby(["pcn_code", "team_id"])["patients"].sum().reset_index()

    # those of the PCNs served by teams without an area
    placed = inside.groupby("pcn_code")["patients"].sum()
    rest = total.sub(placed, fill_value=0.0).clip(lower=0.0)
    lists = teams.loc[~teams["team_id"].isin(areas["team_id"]), ["team_id", "pcn_codes"]]
    lists = lists.explode("pcn_codes").rename(columns={"pcn_codes": "pcn_code"})
    lists = lists.loc[lists["pcn_code"].isin(total.index)].drop_duplicates()
    among = lists.groupby("pcn_code")["team_id"].transform("size")
    lists = lists.assign(patients=lists["pcn_code"].map(rest).astype(float) / among)

    # those in no team's area
    left = rest[~rest.index.isin(lists["pcn_code"])].rename("patients").reset_index()

    table = pd.concat(
        [inside.assign(rule="area"), lists.assign(rule="pcns"), left.assign(team_id="", rule="")],
        ignore_index=True,
    ).sort_values(["pcn_code", "team_id"], ignore_index=True)
    if table.empty:
        return table.assign(service_id=service)
    group, codes = pd.factorize(table["pcn_code"])
    table["patients"] = largest_remainder(
        table["patients"].to_numpy(), group, total.reindex(codes).to_numpy()
    )
    return table.loc[table["patients"] > 0].assign(service_id=service)


def contingency(alignment: pd.DataFrame, service_id: str) -> pd.DataFrame:
    """
    One service's table of patients.

    Parameters
    ----------
    alignment
        As from :func:`align`.
    service_id
        The service.

    Returns
    -------
    table
        Patients (int), one row per PCN and one column per team, both sorted. Patients in no
        team's area are not in it; a PCN that has only such patients is a row of zeros.
    """
    rows = alignment.loc[alignment["service_id"] == service_id]
    table = rows.pivot_table(
        index="pcn_code", columns="team_id", values="patients", aggfunc="sum", fill_value=0
    )
    return table.drop(columns=NO_TEAM, errors="ignore").astype(np.int64)


def pcn_alignment(alignment: pd.DataFrame, *, reach: float = 0.95) -> pd.DataFrame:
    """
    Each PCN's teams, by service.

    Parameters
    ----------
    alignment
        As from :func:`align`.
    reach
        Share of the patients that the teams counted in ``teams_95`` reach together.

    Returns
    -------
    pcn_alignment
        ``service_id``, ``pcn_code``, ``effective_teams``, ``teams_95``, ``lead_team_id`` (ties to
        the lower code; "" without a team), ``lead_share`` and ``covered``: share of the PCN's
        placed patients who have a team, over which the other figures are taken.
    """
    frames = []
    for service in sorted(alignment["service_id"].unique()):
        table = contingency(alignment, service)
        placed = alignment.loc[alignment["service_id"] == service].groupby("pcn_code")
        leads = lead(table)
        frames.append(
            pd.DataFrame(
                {
                    "service_id": service,
                    "effective_teams": effective_number(table),
                    "teams_95": number_to_reach(table, reach=reach),
                    "lead_team_id": leads["code"],
                    "lead_share": leads["share"],
                    "covered": table.sum(axis=1) / placed["patients"].sum(),
                }
            )
        )
    names = "service_id pcn_code effective_teams teams_95 lead_team_id lead_share covered"
    return _stack(frames, names)


def team_alignment(
    alignment: pd.DataFrame, teams: pd.DataFrame, *, reach: float = 0.95
) -> pd.DataFrame:
    """
    Each team's PCNs, by service.

    Parameters
    ----------
    alignment
        As from :func:`align`.
    teams
        ``team_id``, ``service_id``: a team that reaches nobody is a row too.
    reach
        Share of the team's patients that the PCNs counted in ``pcns_95`` hold together.

    Returns
    -------
    team_alignment
        ``service_id``, ``team_id``, ``effective_pcns``, ``pcns_95``, ``lead_pcn_code`` (ties to
        the lower code; "" without patients) and ``lead_share``.
    """
    frames = []
    for service, rows in teams.groupby("service_id", sort=True):
        table = contingency(alignment, str(service)).T
        table = table.reindex(pd.Index(sorted(rows["team_id"]), name="team_id"), fill_value=0)
        leads = lead(table)
        frames.append(
            pd.DataFrame(
                {
                    "service_id": service,
                    "effective_pcns": effective_number(table),
                    "pcns_95": number_to_reach(table, reach=reach),
                    "lead_pcn_code": leads["code"],
                    "lead_share": leads["share"],
                }
            )
        )
    return _stack(frames, "service_id team_id effective_pcns pcns_95 lead_pcn_code lead_share")


def alignment_summary(alignment: pd.DataFrame) -> pd.DataFrame:
    """
    Whole patch, by service.

    Parameters
    ----------
    alignment
        As from :func:`align`.

    Returns
    -------
    alignment_summary
        ``service_id``, the four figures of :func:`agreement`, and ``people_elsewhere``: patients
        of a PCN who live in the area of a team that is not the PCN's lead team.
    """
    frames = []
    for service in sorted(alignment["service_id"].unique()):
        table = contingency(alignment, service)
        largest = table.max(axis=1).sum() if table.shape[1] else 0
        elsewhere = pd.Series({"people_elsewhere": int(table.to_numpy().sum() - largest)})
        row = pd.concat([agreement(table), elsewhere.astype(object)])
        frames.append(row.to_frame().T.assign(service_id=service))
    names = "service_id homogeneity completeness v_measure ami people_elsewhere"
    table = _stack(frames, names)
    kinds = dict.fromkeys(names.split()[1:-1], float) | {"people_elsewhere": np.int64}
    return table.astype(kinds)


def _stack(frames: list[pd.DataFrame], columns: str) -> pd.DataFrame:
    names = columns.split()
    if not frames:
        return pd.DataFrame(columns=names)
    return pd.concat([frame.reset_index() for frame in frames], ignore_index=True)[names]


def sentences(
    pcns: pd.DataFrame,
    *,
    pcn_names: pd.Series | None = None,
    team_names: pd.Series | None = None,
) -> pd.Series:
    """
    One or two plain sentences for each PCN and service.

    Parameters
    ----------
    pcns
        As from :func:`pcn_alignment`.
    pcn_names, team_names
        Names by code; the code stands where there is no name, and the lead team goes unnamed
        where ``team_names`` is None.

    Returns
    -------
    sentence
        On the index of ``pcns``, such as "4 teams work into About Better Care (ABC) PCN; the lead
        team reaches 41%." Patients in no team's area are mentioned from half a per cent.
    """
    names = pcns["pcn_code"] if pcn_names is None else _named(pcns["pcn_code"], pcn_names)
    leads = None if team_names is None else _named(pcns["lead_team_id"], team_names)
    named = [""] * len(pcns) if leads is None else [f", {name}," for name in leads]
    columns = (pcns[name].tolist() for name in ("teams_95", "lead_share", "covered"))
    texts = []
    for name, team, count, share, covered in zip(names, named, *columns, strict=True):
        if count == 0:
            texts.append(f"No team works into {name}.")
            continue
        if count == 1:
            text = f"1 team{team} works into {name}; it"
        else:
            text = f"{count} teams work into {name}; the lead team{team}"
        text += f" reaches {percent(share)}"
        # less than half a per cent without a team is not worth a reader's time
        if covered <= 0.995:
            text += " of those who have a team"
            outside = percent(1 - covered)
            text += f". {outside[0].upper()}{outside[1:]} of its patients live in no team's area"
        texts.append(f"{text}.")
    return pd.Series(texts, index=pcns.index, name="sentence", dtype=str)


def _named(codes: pd.Series, names: pd.Series) -> pd.Series:
    return codes.map(names).fillna(codes)
