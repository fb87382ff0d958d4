"""
Disclosure control: small counts are not shown, others are rounded, and totals give nothing back.

Primary suppression and rounding follow NHS Digital's rule (counts 1 to 7 are not shown, others go
to the nearest 5). Secondary suppression follows the practice of statistical offices (Hundepool et
al., Statistical Disclosure Control, 2012; Cox 1980): further figures of a line whose total is known
are hidden, the smallest first, until no hidden one can be told from the total any nearer than the
rule itself tells it.

What is not shown is replaced by stand-ins that come from what is shown and from public totals
alone. Every figure that is worked out from shown figures and stand-ins can give nothing away but
them: it is a function of what the reader has already.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: what shown counts are rounded to
BASE = 5
#: the least threshold at which a shown count cannot be rounded to nothing
LEAST = 3
#: NHS Digital's: 1 to 7 are not shown
THRESHOLD = 8


@dataclass(frozen=True)
class Rule:
    """
    What is shown of a count.

    Parameters
    ----------
    threshold
        Counts above 0 and below it are not shown; at least :data:`LEAST`.
    whole
        True for people, who are counted in whole numbers; False for WTE.
    """

    threshold: int = THRESHOLD
    whole: bool = True

    @property
    def low(self) -> float:
        """Least that a hidden figure can be."""
        return 1.0 if self.whole else 0.0

    @property
    def high(self) -> float:
        """Most that it can be."""
        return self.threshold - 1.0 if self.whole else float(self.threshold)

    def hides(self, values: npt.ArrayLike) -> BoolArray:
        """Tell which counts are too small to be shown; nothing and nobody are no secret."""
        found = np.asarray(values, dtype=float)
        return np.asarray((found > 0) & (found < self.threshold), dtype=bool)

    def rounded(self, values: npt.ArrayLike) -> FloatArray:
        """Counts to the nearest 5, halves up; what is missing stays missing."""
        found = np.asarray(values, dtype=float)
        return np.asarray(np.floor(found / BASE + 0.5) * BASE, dtype=float)

    def shown(self, values: npt.ArrayLike) -> FloatArray:
        """Counts as a reader sees them: rounded, NaN where they are not shown."""
        return np.where(self.hides(values), np.nan, self.rounded(values))

    def around(self, values: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Least and most that shown counts can be, by what a reader sees of them."""
        seen = self.rounded(values)
        reach = BASE // 2 if self.whole else BASE / 2
        least = np.maximum(seen - reach, self.threshold)
        return np.where(seen > 0, least, 0.0), np.where(seen > 0, seen + reach, 0.0)


def secondary(
    values: npt.ArrayLike,
    hidden: BoolArray,
    line: IntArray,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    rule: Rule,
    *,
    most: npt.ArrayLike | None = None,
) -> BoolArray:
    """
    Hide further figures until no line's total gives a hidden one away.

    Parameters
    ----------
    values
        (n,) counts from 0.
    hidden
        (n,) those that are hidden already.
    line
        (n,) number of the line that each belongs to, from 0: a column or a row of a table.
    low, high
        (m,) what a reader knows of each line's total: at least, at most; infinite where nothing.
    rule
        By which figures are hidden and rounded.
    most
        (n,) the most that a figure can be, by what is known beside its line; for small ones the
        rule's own, for others no limit by default.

    Returns
    -------
    hidden
        (n,) with the smallest shown figures of each line that would not do; ties go to the one
        that comes first. In a line every hidden figure then can still be anything that the rule
        allows; where a line has no figure left to hide, all of it is hidden.
    """
    values, out = np.asarray(values, dtype=float), np.array(hidden, dtype=bool)
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    ends = np.full(len(values), np.inf) if most is None else np.asarray(most, dtype=float)
    tops = np.where(values < rule.threshold, np.clip(ends, rule.low, rule.high), ends)
    least, largest = rule.around(values)
    largest = np.clip(largest, least, np.maximum(ends, least))
    order = np.lexsort((np.arange(len(values)), values, line))
    while True:
        given_away = _given_away(values, out, line, low, high, rule, tops, least, largest)
        candidate = order[(~out & (values > 0) & given_away[line])[order]]
        if not len(candidate):
            return out
        _, first = np.unique(line[candidate], return_index=True)
        out[candidate[first]] = True


def _given_away(
    values: FloatArray,
    hidden: BoolArray,
    line: IntArray,
    low: FloatArray,
    high: FloatArray,
    rule: Rule,
    tops: FloatArray,
    least: FloatArray,
    largest: FloatArray,
) -> BoolArray:
    """(m,) whether a line's total tells more of a hidden figure than the rule does."""
    size = len(low)
    shown = (~hidden & (values > 0)).astype(float)
    # what a reader knows of the sum of the hidden ones
    at_least = low - np.bincount(line, largest * shown, size)
    at_most = high - np.bincount(line, least * shown, size)
    count = np.bincount(line, hidden, size)
    primary = hidden & (values < rule.threshold)
    top = np.zeros(size)
    np.maximum.at(top, line[primary], tops[primary])
    # one that is hidden for another's sake can be anything up to what is known of it
    rest = np.bincount(line[hidden], tops[hidden], size) - top
    too_much = at_least > rule.low + rest
    too_little = at_most < top + rule.low * np.maximum(count - 1, 0)
    return np.asarray((count > 0) & (top > 0) & (too_much | too_little), dtype=bool)


def stand_ins(
    values: npt.ArrayLike, hidden: BoolArray, line: IntArray, totals: npt.ArrayLike, rule: Rule
) -> IntArray:
    """
    Whole numbers in place of hidden counts, made of what a reader has.

    Parameters
    ----------
    values
        (n,) counts.
    hidden
        (n,) those that are not shown.
    line
        (n,) number of the line that each belongs to, from 0.
    totals
        (m,) public total of each line; NaN where there is none.

    Returns
    -------
    counts
        (n,) shown counts rounded; of the hidden ones of a line what its total leaves for them,
        spread evenly in their order, each within what the rule hides. Where there is no total
        they are the middle of that.
    """
    values, totals = np.asarray(values, dtype=float), np.asarray(totals, dtype=float)
    size = len(totals)
    seen = np.where(hidden, 0.0, rule.rounded(values))
    count = np.bincount(line, hidden, size)
    left = totals - np.bincount(line, seen, size)
    left = np.where(np.isfinite(left), left, count * (rule.low + rule.high) / 2)
    left = np.rint(np.clip(left, count * rule.low, count * rule.high))
    # the k-th of n hidden ones gets what the first k hold more than the first k - 1
    at = np.flatnonzero(hidden)
    at = at[np.argsort(line[at], kind="stable")]
    mine = line[at]
    rank = np.arange(len(at)) - np.searchsorted(mine, mine)
    whole, among = left[mine], np.maximum(count[mine], 1)
    seen[at] = np.floor((rank + 1) * whole / among) - np.floor(rank * whole / among)
    return np.asarray(seen, dtype=np.int64)


# -- sentences -----------------------------------------------------------------------------------

# what has been told as "fewer than 8" is told already
_NUMBER = r"(?<![\w.,])(?<!fewer than )(\d[\d,]*(?:\.\d+)?)"
#: nouns and verbs of sentences that count people
_PEOPLE = re.compile(
    rf"{_NUMBER}(?P<more> (?:registered )?(?:patients?|people|registrations?|registered|of whom"
    r"|(?:are|is) (?:placed|unplaced|registered)|(?:were|was) set aside)\b)"
)
_LIST = re.compile(rf"(?<=its list is ){_NUMBER}(?P<more>)")
_STAFF = re.compile(rf"{_NUMBER}(?P<more> WTE\b)")
_ONE = re.compile(r"(patient|registration)\b")


def told(text: str, threshold: int, *, public: Collection[int] = ()) -> str:
    """
    A sentence of ours with its counts of people and staff as they are shown.

    Parameters
    ----------
    text
        A sentence with numbers before words such as "patients", "people" or "WTE".
    threshold
        Below it a count is only said to be below it.
    public
        Numbers that everybody knows, such as list sizes: they stand as they are.
    """
    people, staff = Rule(threshold), Rule(threshold, whole=False)
    text = _PEOPLE.sub(lambda match: _count(match, people, public), text)
    text = _LIST.sub(lambda match: _count(match, people, public), text)
    return _STAFF.sub(lambda match: _count(match, staff, ()), text)


def _count(match: re.Match[str], rule: Rule, public: Collection[int]) -> str:
    number, more = float(match[1].replace(",", "")), match["more"]
    if rule.whole and number in public:
        return match[0]
    if bool(rule.hides(number)):
        # "1 patient" is fewer than 8 patients
        many = _ONE.sub(r"\1s", more)
        return f"fewer than {rule.threshold}{many}"
    return f"{float(rule.rounded(number)):,.0f}{more}"
