"""One source of the words that need explaining: tooltips and the glossary are drawn from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any

from footprint.policy import Policy
from footprint.words import Words


@dataclass(frozen=True)
class Term:
    """
    A word: what it means, why a planner should care, and what to beware of.

    ``key`` names it in code and in links ("#term-footprint").
    """

    key: str
    term: str
    meaning: str
    why: str
    caveat: str = ""

    @property
    def told(self) -> str:
        """Meaning, why it matters and caveat, as a tooltip and the glossary have them."""
        return " ".join(part for part in (self.meaning, self.why, self.caveat) if part)


def terms(
    words: Words | None = None,
    *,
    worst_first: bool = False,
    policy: Mapping[str, Any] | None = None,
) -> Mapping[str, Term]:
    """
    Every term by its key, in the order in which a glossary shows them.

    Parameters
    ----------
    words
        What commissioners, systems and small areas are called on the data's date.
    worst_first
        Whether the longest journey comes before the cost.
    policy
        Thresholds in force by name; the defaults where not given.
    """
    words = words or Words()
    given = {name: each for name, each in (policy or {}).items() if isinstance(each, (int, float))}
    rule = SimpleNamespace(**{**dataclasses.asdict(Policy()), **given})
    longest = Term(
        "longest",
        "Longest journey",
        "The minutes of whoever works farthest from their base; where PCNs form groups, from a "
        "group's base to its farthest PCN.",
        "It is made as short as it can be before the cost counts, so that nobody is left far away "
        "for the sake of the average.",
        "No more need is left unmet for it than by cost alone, and no more rules broken.",
    )
    first = (longest,) if worst_first else ()
    rows = (
        Term(
            "pcn",
            "Primary Care Network (PCN)",
            "GP practices that work together and with community services; here, practices that "
            "carry the same PCN code.",
            "It is the unit that community teams are asked to line up with.",
            "Practices in no PCN are counted and listed, and belong to no footprint.",
        ),
        Term(
            "practice",
            "Practice",
            "A GP practice, known by its ODS code, such as M83001.",
            "Patients register with a practice; a PCN has none of its own.",
        ),
        Term(
            "site",
            "Site",
            "A place where a practice works: its main surgery or a branch. Sites within"
            f" {rule.same_place_m:g} metres "
            "of each other, or with one postcode, count as one place.",
            "Distances and clusters are measured between places, not between practices.",
            "Branch surgeries are known only where a file of sites is given.",
        ),
        Term(
            "list_size",
            "List size",
            "The number of patients registered with a practice or, added up, with a PCN.",
            "PCNs were meant to have between 30,000 and 50,000 patients.",
            "Lists hold some people who have moved away; they run a little above the population.",
        ),
        Term(
            "weighted_list",
            "Weighted list",
            "List size adjusted for how much care people are expected to need.",
            "Two PCNs of one size can have very different work.",
            "Shown only where the file gives it.",
        ),
        Term(
            "small_area",
            f"Small area ({words.small_area})",
            "A statistical area of about 1,500 people, drawn by the Office for National "
            "Statistics.",
            "It is the finest area by which patients' homes are published.",
            "Within one the patients of several PCNs usually live side by side.",
        ),
        Term(
            "footprint",
            "Footprint",
            "The small areas in which more people are registered with this PCN than with any "
            "other. Footprints do not overlap.",
            "It shows where a PCN is: one place, or several.",
            "It is drawn from registrations. It is not an official boundary, and nobody's choice "
            "of practice is bound by it.",
        ),
        Term(
            "catchment",
            "Catchment",
            f"The small areas that together hold {100 * rule.catchment_share:.4g}% of a PCN's"
            " patients, the densest first. "
            "Catchments overlap.",
            "It shows how far a PCN's patients really reach.",
        ),
        Term(
            "retention",
            "Retention",
            "The share of a PCN's patients who live in its own footprint.",
            "Where it is low, a team that follows the footprint misses many of the PCN's patients.",
            "Cities have low retention by nature: practices are close and people choose.",
        ),
        Term(
            "dominance",
            "Dominance",
            "Of all registered people living in a footprint, the share registered with its PCN.",
            "Where it is low, the footprint is shared ground.",
        ),
        Term(
            "part",
            "Part",
            "A piece of a footprint that does not touch the others. Parts are numbered, the one "
            "with most patients first.",
            "A PCN in several parts with others between cannot be one neighbourhood.",
            "Every part is listed and none is called the main one.",
        ),
        Term(
            "fragment",
            "Fragment",
            f"A part with under {100 * rule.part_share:.4g}% of the patients in the footprint and"
            " no main surgery.",
            "It is listed so that nobody wonders, but it is not flagged.",
        ),
        Term(
            "hole",
            "Hole",
            "Small areas of other PCNs that lie wholly inside a footprint.",
            "A geography with holes makes little sense to the people who live there.",
            "Gaps in the boundary file are not holes.",
        ),
        Term(
            "practices_between",
            "Other practices between",
            "Practices of other PCNs lie between the practices of this one, so that its practices "
            "form more than one group.",
            "Staff who visit one group pass through another PCN to reach the next.",
        ),
        Term(
            "dispersion",
            "Dispersed practices",
            "How far apart a PCN's surgeries lie: groups with more than"
            f" {rule.cluster_km_urban:g} km (towns) or {rule.cluster_km_rural:g} km (country)"
            " between them count as clusters.",
            "Distance is travel time for the teams and for the patients.",
            "A slight flag unless a third of the patients are registered away from the largest "
            "cluster and the gap is wide. Not judged where no rural-urban classes are given.",
        ),
        Term(
            "boundaries",
            "Boundaries crossed",
            f"Whether a PCN's practices belong to more than one {words.commissioner} or "
            f"{words.system}.",
            "A PCN that answers to two bodies has two plans for its services.",
        ),
        Term(
            "locality",
            "Locality",
            "An area of the trust's or the council's own within the patch. A PCN's main locality "
            "is the one where most of its patients live.",
            "Teams are often managed by locality: who lives outside it is another team's.",
            "Shown only where a file of localities is given, and flagged only above a share that "
            "the user sets.",
        ),
        Term(
            "tolerance",
            "Tolerance of list sizes",
            "How far beyond an end of the band, as a share of it, a list may be and still pass, "
            "with a note.",
            "A PCN a few people over the band hardly differs from one a few under it.",
            "None unless the user sets one.",
        ),
        Term(
            "rural_exception",
            "Rural exception",
            f"A PCN of under {rule.population_min:,} patients passes where people live sparsely"
            " over a large area.",
            "Policy allows for natural communities with few people.",
        ),
        Term(
            "profile",
            "Profile",
            "What a PCN's people and land are like, beside the patch's middle (the median: half "
            "of the PCNs have more, half have less) and the middle half of the PCNs (a quarter "
            "have less than its lower end, a quarter more than its upper one).",
            "Two PCNs of one size can need very different teams.",
            "It shows what the files hold: ages and deprivation only where they are given.",
        ),
        Term(
            "deprivation",
            "Deprivation decile",
            "England's small areas in ten equal groups by the index of multiple deprivation, from "
            "1 (the most deprived) to 10. A PCN's figures go by where its patients live.",
            "Where it is low, people fall ill earlier and use services more.",
            "It tells of areas, not of people: not everybody in a deprived area is deprived.",
        ),
        Term(
            "unplaced",
            "Unplaced patients",
            "Registered patients whose home is in no small area of the boundary file.",
            "They are counted by reason, never dropped in silence.",
        ),
        Term(
            "neighbour",
            "Neighbour",
            "A PCN from outside the patch whose patients live in it or beside it.",
            "It is drawn grey: it competes for small areas, but is not judged here.",
        ),
        Term(
            "service",
            "Service",
            "A line of community care with its own staff, such as district nursing or podiatry.",
            "Each service is planned by itself: its demand, its teams, its level.",
        ),
        Term(
            "team",
            "Team",
            "Staff of one service who work from one base.",
            "What moves, on the map and in the plan, is staff time, not buildings.",
        ),
        Term(
            "wte",
            "WTE",
            "Whole-time equivalent: one person's full working week.",
            "It lets part-time and full-time staff be added up.",
        ),
        Term(
            "demand",
            "Demand",
            "The WTE that a PCN's population calls for at the ratio that the services file gives.",
            "It is compared with the staff there are.",
            "The ratio is the user's own: no national staffing ratio exists for most services.",
        ),
        Term(
            "vacancy",
            "Unmet demand",
            "Demand that the staff there are cannot cover: posts that would have to be filled.",
            "A shortage is shown and spread fairly, never hidden in an average.",
        ),
        Term(
            "level_1",
            "Level 1",
            "A service that a single PCN is large enough for.",
            "Its teams are shared out to PCNs, at the least travel.",
        ),
        Term(
            "level_2",
            "Level 2",
            "A service that needs several neighbouring PCNs together.",
            "PCNs are put in groups that touch, each with enough people and one team.",
        ),
        Term(
            "level_3",
            "Level 3",
            f"A service that needs {rule.level3_population:,} people or more: a place or the whole"
            " system.",
            "Few, large groups, often one.",
        ),
        Term(
            "population_needed",
            "Population needed",
            "The people that a team of the smallest workable size can look after.",
            "It decides the level of a service.",
        ),
        Term(
            "overlap",
            "Alignment",
            "How the areas of today's teams and the PCNs fit, counted in patients.",
            "One team for one PCN is easy to know and to work with.",
        ),
        Term(
            "effective_teams",
            "Effective number of teams",
            "How many teams of equal size would split a PCN's patients as much as they are split: "
            "1 is one team alone.",
            "It counts a team that reaches 2% of patients as little, not as one more.",
            "One over the sum of squared shares.",
        ),
        Term(
            "lead_team",
            "Lead team",
            "The team of a service that works most for a PCN. Where it is the only one, the PCN "
            "has one team alone.",
            "It is the one that the PCN should know by name.",
            "The proposal gives as many PCNs as it can one team alone, at a little more than the "
            "lowest cost.",
        ),
        Term(
            "travel",
            "Travel",
            "Minutes from a team's base to a PCN: the mean over its small areas, weighted by its "
            "patients.",
            "Time on the road is time not spent with patients.",
            "An estimate from distance, marked as such wherever it stands, unless a table of travel"
            " times or a road network is given.",
        ),
        Term(
            "fairness",
            "Fairness",
            "Minutes from the bases of a patient's teams to the small area where the patient "
            "lives, averaged over groups of patients: by deprivation, by rural class, by PCN.",
            "A proposal that is better on average can be worse for those who are badly off.",
            "Of those who have a team with a road to them; all services together weigh by need.",
        ),
        *first,
        Term(
            "teams_of_a_practice",
            "Teams of a practice",
            "How many community teams, of all services, a GP practice works with.",
            "Each is a manager, a rota and a system to know; fewer is simpler.",
            "For the proposal it is an assumption which of a PCN's teams work with which practice.",
        ),
        Term(
            "today",
            "Today",
            "Where each team's staff time goes now, as the teams file gives it.",
            "Every proposal is costed beside leaving things as they are.",
        ),
        Term(
            "proposed",
            "Proposed",
            "Staff time shared out at the least travel, each move of a WTE having a price.",
            "It shows what could be gained; the choice stays with people.",
        ),
        Term(
            "proven_best",
            "Proven best",
            "No other plan under the same rules costs less, and a proof says so.",
            "There is nothing to gain by trying again, unless the rules or the data change.",
            "Best by travel and moves only: what the data do not hold is not weighed.",
        ),
        Term(
            "within_best",
            "Within x% of best",
            "No other plan can be better by more than this.",
            "It tells how much a longer search could still gain, or what it costs that as many "
            "PCNs as possible have one team alone.",
        ),
        Term(
            "not_judged",
            "Not judged",
            "The data do not allow the check to be made.",
            "An unknown is shown as one; it is neither a pass nor a flag.",
        ),
    )
    return MappingProxyType({row.key: row for row in rows})
