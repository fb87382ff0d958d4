"""What more staff or more need would change, in plain sentences with their chains of moves."""

from __future__ import annotations

from collections.abc import Sequence

from footprint.allocation import phrases as say
from footprint.allocation.margins import Margins
from footprint.allocation.near_ties import NearTie
from footprint.allocation.phrases import Names
from footprint.allocation.prices import Price, Step, Worth

#: PCNs of which it is told what more need would cost
PRICES_TOLD = 2


def explain_margins(margins: Margins, *, teams: Names, pcns: Names) -> list[str]:
    """
    Tell where one more WTE would matter most, what more need would cost, and what is a near tie.

    Parameters
    ----------
    margins
        What lies just beyond an arrangement.
    teams, pcns
        Names by code.
    """
    # a need that would simply stay unfilled tells nothing of moves, nor does one chain told twice
    moving = [price for price in margins.prices if len(price.chain) > 1]
    dearest = sorted(moving, key=lambda price: (-price.minutes, price.pcn))
    told = {price.chain[0]: price for price in reversed(dearest)}
    sources = [price for price in dearest if told[price.chain[0]] is price][:PRICES_TOLD]
    return [
        *(explain_worth(worth, teams=teams, pcns=pcns) for worth in margins.worths),
        *(explain_price(price, teams=teams, pcns=pcns) for price in sources),
        *explain_near_ties(margins.near_ties, teams=teams, pcns=pcns),
    ]


def explain_worth(worth: Worth, *, teams: Names, pcns: Names) -> str:
    """
    Tell what one WTE more with a team would save, and by which moves.

    Parameters
    ----------
    worth
        One of :func:`footprint.allocation.prices.worths`.
    teams, pcns
        Names by code.

    Returns
    -------
    sentence
        Such as "One more WTE with A would save 210 minutes x WTE: it covers B, so C moves on to
        D, where need is unfilled."
    """
    covers = [step for step in worth.chain if step.kind == "covers"]
    last = worth.chain[-1]
    # where the whole saves less than its first hundredth promises, the chain is the first's only
    subject = "it covers" if worth.whole >= 0.99 * worth.minutes else "first it covers"
    told = f"{subject} {_place(covers[0], pcns)}"
    moves = [
        f"{_team(step, teams)} {'from there' if at else 'moves on'} to {_place(step, pcns)}"
        for at, step in enumerate(covers[1:])
    ]
    if moves:
        told += f", so {say.listed(moves, comma=True)}"
    if last.kind == "vacant":
        told += ", where need is unfilled"
    else:
        told += f", {'and' if moves else 'so'} staff of {_team(last, teams)} are free"
    name = teams.get(worth.team, worth.team)
    return f"One more WTE with {name} would save {worth.whole:,.0f} minutes x WTE: {told}."


def explain_price(price: Price, *, teams: Names, pcns: Names) -> str:
    """
    Tell where the next hundredth of a WTE at a PCN would come from, and what it costs.

    Parameters
    ----------
    price
        One of :func:`footprint.allocation.prices.prices`.
    teams, pcns
        Names by code.

    Returns
    -------
    sentence
        Such as "More demand at C costs 34 minutes per WTE: spare staff of A cover B, and D moves
        from there to C."
    """
    here = pcns.get(price.pcn, price.pcn)
    if not price.chain:
        return f"{here} has no demand."
    first, *rest = price.chain
    cost = f"More demand at {here} costs {price.minutes:,.0f} minutes per WTE"
    # after its source a chain goes: a team covers a PCN, the team it relieves covers the next
    covers = [step for step in rest if step.kind == "covers"]
    if not covers:
        return f"{cost}: it would stay unfilled."
    told = []
    if first.kind == "vacant":
        told.append(f"{pcns.get(first.pcn, first.pcn)} goes without")
    else:
        step = covers.pop(0)
        team, place = teams.get(first.team, first.team), pcns.get(step.pcn, step.pcn)
        told.append(f"spare staff of {team} cover {place}")
    told += [
        f"{teams.get(step.team, step.team)} moves from there to {pcns.get(step.pcn, step.pcn)}"
        for step in covers
    ]
    return f"{cost}: {say.listed(told, comma=True)}."


def explain_near_ties(ties: Sequence[NearTie], *, teams: Names, pcns: Names) -> list[str]:
    """
    Tell which PCNs another team could serve as well: one sentence, none where there is none.

    Parameters
    ----------
    ties
        At Level 1 of teams that could serve a PCN alone, at Levels 2 and 3 of groups next to it.
    teams, pcns
        Names by code.
    """
    if not ties:
        return []
    told = say.listed(
        f"{pcns.get(tie.pcn, tie.pcn)} ({teams.get(tie.other, tie.other)} instead of "
        f"{teams.get(tie.team, tie.team)}, {_more(tie.minutes)})"
        for tie in ties
    )
    return [f"As good or nearly so, for people to choose: another team at {told}."]


def _more(minutes: float) -> str:
    return f"{minutes:.1f} minutes more per WTE" if minutes >= 0.05 else "at the same cost"


def _team(step: Step, teams: Names) -> str:
    return teams.get(step.team, step.team)


def _place(step: Step, pcns: Names) -> str:
    return pcns.get(step.pcn, step.pcn)
