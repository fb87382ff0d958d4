"""The audit of locks: what is kept passes, what is broken is caught, and optima are within them."""

from __future__ import annotations

import pytest
from audit_case import add, failed, judged, put, regroup, written
from test_audit import _strip as strip
from test_audit import swapped

from footprint.settings import Locks

# the right tables have A: U1, U2, U4 and B: U3, U5, U6; nursing is at level 1


def locks(**pairs):
    """Locks by kind, pairs written as "U1 U2"."""
    return Locks(**{kind: tuple(tuple(p.split()) for p in each) for kind, each in pairs.items()})


def detail(verdict, service, check):
    """What a check says of a service."""
    rows = [c for c in verdict["checks"] if (c["service_id"], c["check"]) == (service, check)]
    return rows[0]["detail"] if rows else None


KEPT = locks(together=["U1 U2", "U3 U6"], apart=["U2 U3"], base=["U4 A", "U5 B", "U1 N"])


def test_locks_that_are_kept_pass():
    """Kept locks are counted, those on teams of other services apart; Level 1 has no such check."""
    verdict = judged(written(), locks=KEPT)
    assert failed(verdict) == {}
    assert detail(verdict, "rehab", "locks") == "5 locks kept"
    assert detail(verdict, "nursing", "locks") is None
    assert detail(judged(written()), "rehab", "locks") is None


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (locks(together=["U1 U3"]), "PCNs U1 and U3: in two groups found, in one expected"),
        (locks(apart=["U1 U2"]), "PCNs U1 and U2: in one group found, in two expected"),
        (locks(base=["U1 B"]), "PCN U1: with team A found, with team B expected"),
    ],
)
def test_a_broken_lock_is_caught(held, words):
    """A lock that the tables do not keep fails its check, and no other one complains of it."""
    found = failed(judged(written(), locks=held))
    assert words in found["rehab", "locks"]
    assert set(found) == {("rehab", "locks")}


def test_a_lock_broken_in_tables_is_caught():
    """Tables changed after the run, all figures agreeing: the lock tells."""
    run = written()
    regroup(run, "U1 U2 U3")
    run.claims["rehab"] |= {"objective": 285.0, "bound": 285.0}
    found = failed(judged(run, locks=KEPT))
    assert "PCNs U3 and U6: in two groups found" in found["rehab", "locks"]
    assert "PCNs U2 and U3: in one group found" in found["rehab", "locks"]


def test_the_best_within_locks_passes_and_only_with_them():
    """The rows are the best groups with U1 and U3 together, and not without."""
    run = written()
    regroup(run, "U1 U2 U3")
    run.claims["rehab"] |= {"objective": 285.0, "bound": 285.0}
    verdict = judged(run, locks=locks(together=["U1 U3"]))
    assert failed(verdict) == {}
    assert detail(verdict, "rehab", "optimality").endswith("the best costs 285.0000")
    assert set(failed(judged(run))) == {("rehab", "optimality")}
    # nor where the locks leave better ones
    for other in (locks(together=["U1 U2"]), locks(apart=["U1 U6"]), locks(base=["U2 A"])):
        assert "205.0000 can be had" in failed(judged(run, locks=other))["rehab", "optimality"]


@pytest.mark.parametrize(
    "held", [locks(together=["U1 U3"]), locks(apart=["U1 U2"]), locks(base=["U2 B"])]
)
def test_giving_up_locks_must_be_needed(held):
    """A status that gives locks up fails where a grouping keeps all, or where none is broken."""
    run = written()
    run.claims["rehab"]["status"] = (
        "cannot be met because the locks cannot all be kept (U1 and U3 are not together)"
    )
    found = failed(judged(run, locks=held))
    assert "but a grouping meets every rule" in found["rehab", "optimality"]
    assert "but every lock is kept" in failed(judged(run, locks=KEPT))["rehab", "locks"]


def test_giving_up_locks_that_cannot_be_kept_passes():
    """U1 and U2 apart and each with A: no grouping keeps both, and the status says so."""
    run = written()
    both = locks(apart=["U1 U2"], base=["U1 A", "U2 A"])
    assert ("rehab", "optimality") in failed(judged(run, locks=both))
    run.claims["rehab"]["status"] = (
        "cannot be met because the locks cannot all be kept (U1 and U2 are not apart)"
    )
    verdict = judged(run, locks=both)
    assert failed(verdict) == {}
    assert detail(verdict, "rehab", "locks") == "1 of 3 locks are not kept, as the status says"
    # another reason is none
    run.claims["rehab"]["status"] = "cannot be met because 1 group holds too few"
    assert ("rehab", "locks") in failed(judged(run, locks=both))


def _moved():
    """The strip with U03 at B: 7 instead of 11 minutes, but 2.00 WTE change hands."""
    run = strip()
    put(run.groups, "group_id", "GB", pcn_code="U03")
    put(run.groups, "team_id", "B", pcn_code="U03")
    put(run.allocation, "wte", 0.0, pcn_code="U03")
    add(run, "allocation", "rehab", 2, "U03", "B", 2.0, 7, 0.0)
    run.claims["rehab"] |= {"objective": 268.0, "bound": 268.0}
    return run


@pytest.mark.parametrize(
    "held", [locks(base=["U03 B"]), locks(together=["U03 U04"]), locks(apart=["U03 U02"])]
)
def test_large_groups_are_judged_within_locks(held):
    """Sixteen PCNs: what a lock costs is no better move, and is in the bound that is rebuilt."""
    verdict = judged(_moved(), locks=held)
    assert failed(verdict) == {}
    # the cost, less what the rounding of the tiers may be: without the lock 250
    said = "rebuilt bound without contiguity 262.0000, no local change improves the groups"
    assert detail(verdict, "rehab", "optimality") == said
    assert "saves 12.0000" in failed(judged(_moved()))["rehab", "optimality"]


def test_large_groups_keep_their_teams():
    """Groups that other teams would serve better keep theirs where they are locked to them."""
    run = swapped()
    assert "other teams save 480" in failed(judged(run))["rehab", "optimality"]
    held = locks(base=[f"{row.pcn_code} {row.team_id}" for row in run.groups.itertuples()])
    assert failed(judged(run, locks=held)) == {}
