"""Names that columns go by in the files of many publishers and years, for layouts."""

from __future__ import annotations

#: a practice's code
PRACTICE_CODE = (
    "practicecode",
    "gppracticecode",
    "practiceodscode",
    "odscode",
    "gpcode",
    "orgcode",
    "organisationcode",
)
#: patients in a record
PATIENTS = (
    "numberofpatients",
    "totalall",
    "allpatients",
    "totalpatients",
    "totalnumberofpatients",
    "registeredpatients",
    "numberofregisteredpatients",
    "listsize",
    "patients",
)

_YEAR = r"(?:\d\d|20\d\d)?"
#: the code of an LSOA: LSOA21CD, lsoa21_code, F_LSOA11CD, "LSOA code (2011)"
SMALL_AREA = (
    rf"f?lsoa{_YEAR}(cd|codes?){_YEAR}",
    rf"lowerlayersuperoutputarea{_YEAR}codes?{_YEAR}",
    "smallareacodes?",
    rf"lsoa{_YEAR}",
)
SMALL_AREA_NAME = (rf"lsoa{_YEAR}(nm|name){_YEAR}", "smallareaname")

_SUB = r"(sicbl|loc|subicb(location|loc)?|ccg)"
#: a commissioner (CCG or sub-ICB location) and an ICB or STP in practice lists
COMMISSIONER_CODE = ("subicb(location|loc)?code", "ccgcode", "sicblcode")
COMMISSIONER_NAME = ("subicb(location|loc)?name", "ccgname", "sicblname")
#: the same in look-ups: codes of the ODS (CDH) before those of the ONS
LOOKUP_COMMISSIONER = (rf"{_SUB}\d*(codenhs|cdh|codeods)", rf"{_SUB}\d*(cd|code)")
LOOKUP_COMMISSIONER_NAME = (rf"{_SUB}\d*(nm|name)",)
LOOKUP_SYSTEM = (r"(icb|stp)\d*(codenhs|cdh|codeods)", r"(icb|stp)\d*(cd|code)")
LOOKUP_SYSTEM_NAME = (r"(icb|stp)\d*(nm|name)",)
_LAD = rf"(ltla|lad|la|laua|localauthority(district)?){_YEAR}"
LOCAL_AUTHORITY = (rf"{_LAD}(cd|code){_YEAR}",)
LOCAL_AUTHORITY_NAME = (rf"{_LAD}(nm|name){_YEAR}",)
