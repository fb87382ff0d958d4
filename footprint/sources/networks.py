"""Which practices are in which PCN: ePCN.xlsx and the ODS reports epcncorepartnerdetails, epcn."""

from __future__ import annotations

from dataclasses import replace

from footprint.errors import Fault, InputError
from footprint.schema import PCN_CODE, Bare, Column, Layout
from footprint.sources.tabular import Table
from footprint.words import counted, listed

DAY = r"\d{8}|\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}"
#: the commissioner is a CCG up to June 2022 and a sub-ICB location since
PARENT = "(ccg|subicblocation|subicb|clinicalcommissioninggroup)"

MEMBERS = Layout(
    "list of PCNs' practices (ePCN)",
    (
        Column("practice_code", ("partnerorganisationcode",), "code"),
        Column("practice_name", ("partnername",), blank=True),
        Column("commissioner_code", (f"practiceparent{PARENT}code",), "code", False, True),
        Column("commissioner_name", (f"practiceparent{PARENT}name",), "text", False, True),
        Column("pcn_code", ("pcncode",), "code", shape=PCN_CODE, expected="a PCN code"),
        Column("pcn_name", ("pcnname",), blank=True),
        Column("start", (".*relationshipstartdate",), required=False, blank=True),
        Column("end", (".*relationshipenddate",), blank=True),
    ),
    bare=(
        Bare(
            (10, 11),
            {
                "practice_code": 0,
                "practice_name": 1,
                "commissioner_code": 2,
                "commissioner_name": 3,
                "pcn_code": 4,
                "pcn_name": 5,
                "start": 8,
                "end": 9,
            },
            {0: r"[A-Z]\w{4,7}", 4: PCN_CODE, 8: DAY, 9: f"|{DAY}"},
        ),
    ),
)

NETWORKS = Layout(
    "list of PCNs (ePCN)",
    (
        Column("pcn_code", ("pcncode",), "code"),
        Column("pcn_name", ("pcnname",), blank=True),
        Column("commissioner_code", (f"(current)?{PARENT}code",), "code", blank=True),
        Column("open", ("opendate",), blank=True),
        Column("close", ("closedate",), blank=True),
    ),
    key=("pcn_code",),
    bare=(
        Bare(
            (12,),
            {"pcn_code": 0, "pcn_name": 1, "commissioner_code": 2, "open": 4, "close": 5},
            {0: PCN_CODE, 4: DAY, 5: f"|{DAY}"},
        ),
    ),
)


def memberships(members: Table, networks: Table | None) -> Table:
    """
    Turn core partner details into one record a practice: the PCN that it is in now.

    Memberships with an end date are left out; a note counts them and names the last to end, which
    may lie after the day of the report.

    Parameters
    ----------
    members
        The core partner details as read.
    networks
        The list of PCNs, whose names win; None where the file has none.

    Raises
    ------
    InputError
        Practices with two current PCNs, each named with its row.
    """
    frame = members.frame.copy()
    if "start" not in frame:
        frame["start"] = ""
    frame["at"] = range(len(frame))
    faults: list[Fault] = []
    current = frame["end"] == ""
    kept = frame[current].drop_duplicates(["practice_code", "pcn_code"])
    for code, rows in kept[kept["practice_code"].duplicated(keep=False)].groupby("practice_code"):
        first = rows.iloc[0]
        for _, row in rows.iloc[1:].iterrows():
            faults.append(
                members.fault(
                    int(row["at"]),
                    "pcn_code",
                    f"{code} is in {row['pcn_code']} {row['pcn_name']} and in {first['pcn_code']}"
                    f" {first['pcn_name']} (row {members.lines[first['at']]:,})",
                    "one current PCN for each practice",
                )
            )
    if faults:
        raise InputError(faults)
    kept = kept.reset_index(drop=True)
    notes = list(members.notes)
    over = frame[~current]
    if len(over):
        alone = over[~over["practice_code"].isin(set(kept["practice_code"]))]
        gone = ""
        if len(alone):
            last = alone.iloc[int(alone["end"].map(_day).to_numpy().argmax())]
            gone = (
                f", with them {counted(alone['practice_code'].nunique(), 'practice')} in no other"
                f" PCN (the last to end: {last['practice_code']}, {last['end']})"
            )
        notes.append(f"{counted(len(over), 'ended membership')} of PCNs left out{gone}.")
    if kept.empty:
        found = "memberships that have all ended"
        raise InputError([Fault(str(members.path), found, "practices that are in a PCN now")])
    if networks is not None:
        named = networks.frame.set_index("pcn_code")["pcn_name"]
        known = kept["pcn_code"].map(named).fillna("")
        kept["pcn_name"] = known.mask(known == "", kept["pcn_name"])
        closed = networks.frame.loc[networks.frame["close"] != "", "pcn_code"]
        lost = sorted(set(kept["pcn_code"]) & set(closed))
        if lost:
            notes.append(f"PCNs with practices that are listed as closed: {listed(lost)}.")
    return replace(
        members,
        frame=kept.drop(columns=["at", "start", "end"]),
        lines=members.lines[kept["at"].to_numpy()],
        origin=(),
        notes=tuple(notes),
        set_aside=members.set_aside + len(over),
    )


def without_practices(networks: Table) -> InputError:
    """Say that a list of PCNs alone names no practice."""
    return InputError(
        [
            Fault(
                str(networks.path),
                "a list of PCNs without their practices",
                "epcncorepartnerdetails, or ePCN.xlsx with its sheet of core partners",
            )
        ]
    )


def _day(text: str) -> int:
    """Return a date as a number that sorts: 20221231; 0 for a blank."""
    digits = "".join(c for c in text if c.isdigit())
    if "/" in text:
        digits = digits[4:] + digits[2:4] + digits[:2]
    return int(digits) if digits else 0
