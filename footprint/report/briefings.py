"""Which PCNs have a page of their own in the report: all of a small patch, else those asked for."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from footprint.errors import Fault, InputError
from footprint.report import views
from footprint.report.content import Content
from footprint.words import listed

#: so many codes of systems are named in an error
_NAMED = 60


def checked(asked: Iterable[str], pcns: pd.DataFrame) -> tuple[str, ...]:
    """
    Return codes of systems as the patch has them.

    Parameters
    ----------
    asked
        Codes of ICBs or STPs as the user gave them; capitals or not.
    pcns
        PCNs of the patch: icb_code.

    Raises
    ------
    InputError
        Naming every code that no PCN of the patch has, and those that there are.
    """
    known = sorted({str(code) for code in pcns["icb_code"].dropna()} - {""})
    found = [code.strip().upper() for code in asked]
    unknown = [code for code in dict.fromkeys(found) if code not in known]
    if unknown:
        there = f"one of {listed(known, _NAMED)}" if known else "a patch whose files name ICBs"
        raise InputError([Fault("--briefings", repr(code), there) for code in unknown])
    return tuple(dict.fromkeys(found))


def chosen(content: Content) -> list[str]:
    """
    Codes of the PCNs that have a page.

    All of a patch of up to 60 PCNs, in the order of their names; of a larger one the flagged PCNs
    of the systems in ``content.briefings``, the heaviest first.
    """
    pcns = views.table(content, "pcns")
    if len(pcns) <= views.MANY_PCNS:
        if pcns.empty:
            return []
        return [str(code) for code in views.by_name(content, pcns)["pcn_code"]]
    if not content.briefings:
        return []
    mine = set(pcns.loc[pcns["icb_code"].isin(content.briefings), "pcn_code"])
    return [str(code) for code in views.flagged(content)["pcn_code"] if code in mine]


def says(content: Content) -> str:
    """Say which PCNs have a page, and how to read it."""
    total, pages = len(views.table(content, "pcns")), len(chosen(content))
    middle = (
        "The figure of each PCN stands beside the patch’s middle (the median): half of the PCNs"
        " have more, half have less."
    )
    if total <= views.MANY_PCNS:
        return middle
    text = (
        f"This patch has {total:,} PCNs, too many for a page each. The workbook and the tables"
        " hold the figures of all of them."
    )
    if not content.briefings:
        return f"{text} With --briefings and an ICB’s code its flagged PCNs have a page each."
    many = f"{pages:,} flagged PCNs have" if pages != 1 else "1 flagged PCN has"
    return f"{text} As asked, {many} a page here: those of {listed([*content.briefings])}. {middle}"
