"""The rule of what is shown of a count, and totals that give no hidden one back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from footprint.disclosure import Rule, secondary, stand_ins, told

PEOPLE, STAFF = Rule(), Rule(whole=False)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (1_002, 1_000), (1_003, 1_005)],
)
def test_counts_from_1_to_7_are_hidden_and_others_go_to_the_nearest_5(count, shown):
    """The rule of NHS Digital, at its edges."""
    found = PEOPLE.shown([count])[0]
    assert np.isnan(found) if shown is None else found == shown


@given(st.floats(0, 500))
def test_a_shown_number_lies_within_what_a_reader_takes_it_for(value):
    """The least and the most that a reader can make of a shown figure hold the true one."""
    for rule, true in ((STAFF, value), (PEOPLE, round(value))):
        if rule.hides(true):
            continue
        low, high = rule.around([true])
        assert low[0] <= true <= high[0]


def bounds(values, hidden, totals, rule=PEOPLE):
    """
    Attack a table: the least and the most that each hidden cell can be, by linear programs.

    ``totals`` are (cells, low, high): what a reader knows of sums. A hidden cell may be anything
    from 1 up; where all of a line's are primary it is under the threshold.
    """
    least, most = rule.around(values)
    box = [
        (rule.low, None) if secret else (a, b)
        for secret, a, b in zip(hidden, least, most, strict=True)
    ]
    for cells, *_ in totals:
        secret = [cell for cell in cells if hidden[cell]]
        if all(values[cell] < rule.threshold for cell in secret):
            for cell in secret:
                box[cell] = (rule.low, rule.high)
    rows, limits = [], []
    for cells, low, high in totals:
        row = np.zeros(len(values))
        row[list(cells)] = 1
        rows += [row, -row]
        limits += [high, -low]
    found = {}
    for cell in np.flatnonzero(hidden):
        ends = []
        for sign in (1, -1):
            aim = np.zeros(len(values))
            aim[cell] = sign
            done = linprog(aim, A_ub=np.array(rows), b_ub=limits, bounds=box, method="highs")
            # no end in sight is no end
            ends.append(sign * done.fun if done.status == 0 else -sign * np.inf)
        found[int(cell)] = (ends[0], ends[1])
    return found


def lines_of(line, low, high):
    """Totals of lines as the attack takes them."""
    return [
        (np.flatnonzero(line == number).tolist(), low[number], high[number])
        for number in range(len(low))
    ]


@given(
    st.lists(
        st.lists(st.integers(0, 30), min_size=1, max_size=7), min_size=1, max_size=4
    ),
    st.integers(0, 6),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_no_total_pins_a_hidden_count(columns, slack):
    """Against public totals of columns every primary cell can still be anything from 1 to 7."""
    values = np.array([value for column in columns for value in column], dtype=float)
    line = np.repeat(np.arange(len(columns)), [len(column) for column in columns])
    totals = np.bincount(line, values)
    low, high = totals - slack, totals
    hidden = secondary(values, PEOPLE.hides(values), line, low, high, PEOPLE)
    assert (hidden | ~PEOPLE.hides(values)).all()
    found = bounds(values, hidden, lines_of(line, low, high))
    for cell, (least, most) in found.items():
        alone = line == line[cell]
        if values[cell] >= PEOPLE.threshold or (hidden | (values == 0))[alone].all():
            # a line of which nothing is left to show can give no more than its total
            continue
        assert least <= 1 + 1e-9
        assert most >= 7 - 1e-9


def test_the_attack_pins_what_is_only_rounded_and_hidden():
    """Without secondary suppression a total of two cells gives the hidden one away."""
    values, line = np.array([3.0, 20.0]), np.zeros(2, dtype=int)
    hidden = PEOPLE.hides(values)
    least, most = bounds(values, hidden, [([0, 1], 23, 23)])[0]
    assert (least, most) == (1, 5)
    more = secondary(values, hidden, line, [23], [23], PEOPLE)
    assert more.tolist() == [True, True]


def test_the_smallest_shown_figure_is_hidden_first():
    """Of a line whose total tells too much the smallest other figure goes: that is enough."""
    # 10 and 200 are shown: at most 12 and 202, so that of 221 at least 7 are left
    values, line = np.array([7.0, 12.0, 202.0]), np.zeros(3, dtype=int)
    hidden = secondary(values, PEOPLE.hides(values), line, [221], [221], PEOPLE)
    assert hidden.tolist() == [True, True, False]
    # with a hundred shown figures their rounding hides it well enough
    values = np.array([4.0, *[20.0] * 100])
    line = np.zeros(101, dtype=int)
    total = values.sum()
    assert secondary(values, PEOPLE.hides(values), line, [total], [total], PEOPLE).sum() == 1


def test_staff_are_hidden_where_a_need_would_give_them_away():
    """A PCN that needs 12 WTE and shows 10 of one team leaves 4 at most for the other: both go."""
    values, line = np.array([10.0, 2.0]), np.zeros(2, dtype=int)
    hidden = STAFF.hides(values)
    assert secondary(values, hidden, line, [-np.inf], [12.0], STAFF, most=[12.0, 12.0]).all()
    assert secondary(values, hidden, line, [-np.inf], [40.0], STAFF).tolist() == [False, True]


def test_what_a_need_leaves_room_for_is_part_of_what_is_known():
    """A need of 8.3 makes 8.3 at most of a shown 10; hidden beside it, it can be no more either."""
    line, team = np.zeros(3, dtype=int), ([17.5], [22.5])
    values = np.array([8.2, 4.6, 4.7])
    hidden = STAFF.hides(values)
    assert secondary(values, hidden, line, *team, STAFF).tolist() == [False, True, True]
    needs = np.array([8.3, 20.0, 20.0])
    assert secondary(values, hidden, line, *team, STAFF, most=needs).all()
    # 37.5 at least are not to be had of 10.6 and 22.5: what is hidden first is not enough
    values, needs = np.array([7.5, 10.5, 20.0]), np.array([8.0, 10.6, 30.0])
    assert secondary(values, STAFF.hides(values), line, [37.5], [42.5], STAFF, most=needs).all()


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), min_size=1, max_size=25),
)
def test_stand_ins_add_up_to_public_totals(cells):
    """They lie within what is hidden, and with the shown figures make a line's public total."""
    values = np.array([value for value, _ in cells], dtype=float)
    line = np.array([number for _, number in cells])
    hidden = PEOPLE.hides(values)
    totals = np.bincount(line, values, 4)
    made = stand_ins(values, hidden, line, totals, PEOPLE)
    assert (made[~hidden] == PEOPLE.rounded(values)[~hidden]).all()
    assert ((made[hidden] >= 1) & (made[hidden] <= 7)).all()
    for number in range(4):
        mine = line == number
        # what the rounding of the shown ones takes may be more than the hidden ones can hold
        if hidden[mine].any():
            left = totals[number] - made[mine & ~hidden].sum()
            held = np.clip(left, hidden[mine].sum(), 7 * hidden[mine].sum())
            assert made[mine & hidden].sum() == held
            assert np.ptp(made[mine & hidden]) <= 1


def test_stand_ins_know_nothing_of_what_they_stand_for():
    """Two tables that show the same have the same stand-ins."""
    line, hidden = np.zeros(4, dtype=int), np.array([True, True, False, False])
    one = stand_ins([1, 7, 20, 33], hidden, line, [61], PEOPLE)
    other = stand_ins([4, 3, 21, 33], hidden, line, [61], PEOPLE)
    assert one.tolist() == other.tolist() == [3, 3, 20, 35]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 stray piece with 3 patients not counted.",
         "1 stray piece with fewer than 8 patients not counted."),
        ("A piece with 1 patient.", "A piece with fewer than 8 patients."),
        ("It has 45,557 registered patients, 4,443 below.",
         "It has 45,557 registered patients, 4,443 below."),
        ("1,193 patients are lost; 4 were set aside, 12 are unplaced.",
         "1,195 patients are lost; fewer than 8 were set aside, 10 are unplaced."),
        ("staff within 45 minutes come to 428.0 WTE, 3.4 WTE short",
         "staff within 45 minutes come to 430 WTE, fewer than 8 WTE short"),
        ("Weighted for need its list is 47,123.", "Weighted for need its list is 47,125."),
        ("Z00003 patients of U99001 live 1.7 km away.",
         "Z00003 patients of U99001 live 1.7 km away."),
        ("nobody: 0 patients", "nobody: 0 patients"),
    ],
)  # fmt: skip
def test_sentences_count_as_tables_do(text, shown):
    """Numbers before patients and WTE follow the rule; public ones and codes stand."""
    assert told(text, 8, public={45_557}) == shown
