"""Check 1: a list within the band."""

from __future__ import annotations

import math

import shapely

from footprint.checks.ground import Ground
from footprint.checks.verdict import FLAG, PASS, Severity, Verdict
from footprint.policy import Policy
from footprint.words import percent

CHECK = "population"


def population(ground: Ground) -> list[Verdict]:
    """
    Judge each PCN's registered patients against the policy's band.

    Under the band is strong, over it mild (strong above ``population_strong_over``). A list beyond
    an end of the band by no more than ``population_tolerance`` of that end passes with a note, and
    so does one under it where the rural exception holds: the patch says so, at least half of the
    footprint's patients live in rural small areas, or fewer than ``rural_density`` registered
    people live there per square km. Source: NHS England, Network Contract DES (band and exception).
    """
    policy = ground.patch.settings.policy
    threshold = f"{policy.population_min:,} to {policy.population_max:,}"
    if policy.population_tolerance:
        threshold += f", give or take {_percent(policy.population_tolerance)}"
    judged = list(ground.judged)
    lists = ground.patch.pcns.loc[judged, ["list_size", "weighted"]]
    return [
        _judge(ground, code, name, people, weighted, geometry, policy, threshold)
        for code, name, people, weighted, geometry in zip(
            judged,
            ground.names.loc[judged],
            lists["list_size"].astype(int).tolist(),
            lists["weighted"].astype(float).tolist(),
            ground.footprints.pcns.geometry.to_numpy(),
            strict=True,
        )
    ]


def _judge(
    ground: Ground,
    code: str,
    name: str,
    people: int,
    heavy: float,
    geometry: shapely.Geometry | None,
    policy: Policy,
    threshold: str,
) -> Verdict:
    beside = f" Weighted for need its list is {heavy:,.0f}." if math.isfinite(heavy) else ""
    drawn = ((f"{people:,} patients", geometry),) if geometry is not None else ()
    has = f"{name} has {people:,} registered patients"
    near = within_tolerance(people, policy)
    if near:
        words = f"{has}, which is {near}.{beside}"
        return Verdict(code, CHECK, PASS, "note", people, threshold, words)
    if people < policy.population_min:
        short = f"{policy.population_min - people:,} below the {policy.population_min:,}"
        why = rural(ground, code)
        if why:
            words = f"{has}, {short} expected, which is allowed because {why}.{beside}"
            return Verdict(code, CHECK, PASS, "note", people, threshold, words)
        words = f"{has}, {short} {_official(policy, 'that a PCN needs to have')}.{beside}"
        return Verdict(code, CHECK, FLAG, "strong", people, threshold, words, drawn)
    if people > policy.population_max:
        severity: Severity = "strong" if people > policy.population_strong_over else "mild"
        over = f"{people - policy.population_max:,} above the {policy.population_max:,}"
        words = f"{has}, {over} {_official(policy, 'that a PCN typically serves')}.{beside}"
        return Verdict(code, CHECK, FLAG, severity, people, threshold, words, drawn)
    words = f"{has}, within {policy.population_min:,} to {policy.population_max:,}.{beside}"
    return Verdict(code, CHECK, PASS, "none", people, threshold, words)


def _official(policy: Policy, words: str) -> str:
    """What the contract of 2019 says of its band; of any other only that it is the band."""
    band, known = (policy.population_min, policy.population_max), Policy()
    same = band == (known.population_min, known.population_max) and policy.preset == known.preset
    return words if same else "of the band"


def within_tolerance(people: int, policy: Policy) -> str:
    """Say that a list is beyond the band by no more than the tolerance; "" where it is not so."""
    share = policy.population_tolerance
    least, most = policy.population_min, policy.population_max
    allowed = f"but within the {_percent(share)} tolerance"
    # rounded: a product such as 1.1 x 50,000 has a little too much
    if round((1 - share) * least, 6) <= people < least:
        return f"below {least:,} {allowed}"
    if most < people <= round((1 + share) * most, 6):
        return f"above {most:,} {allowed}"
    return ""


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def rural(ground: Ground, code: str) -> str:
    """Say why the rural exception holds for a PCN; an empty text where it does not."""
    policy = ground.patch.settings.policy
    if policy.rural_exception:
        return "the patch is run under the rural exception"
    share = float(ground.rural_share[code])
    if share >= policy.rural_share:
        return f"{percent(share)} of the patients in its footprint live in rural small areas"
    row = ground.footprints.pcns.loc[code]
    if row["geometry"] is not None and row["registrations"] > 0:
        density = row["registrations"] / (row["geometry"].area / 1e6)
        if density < policy.rural_density:
            return f"only {density:,.0f} registered people live there per square kilometre"
    return ""


def urban_or_rural(ground: Ground, code: str) -> str | None:
    """Say "rural" or "urban", by most of the footprint's patients; None where unknown."""
    share = float(ground.rural_share[code])
    if math.isnan(share):
        return None
    return "rural" if share >= 0.5 else "urban"
