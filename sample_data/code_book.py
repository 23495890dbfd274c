"""What the invented hospital knows: its areas, wards, codes and names. Nothing here is a real person's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PERIOD = ("2019-01-01", "2024-01-01")

AREAS = tuple(f"{'NESW'[number % 4]}{number // 4 + 1:02d}" for number in range(80))
AREA_WEIGHTS = 1 / (np.arange(80) + 3.0)
POVERTY = (np.arange(80) * 37 % 80) / 79
"""Of each area, 0 the richest."""

ETHNICITIES = ("white", "asian", "black", "mixed", "other", "not stated")
INSURANCES = ("public basic", "public plus", "private", "military", "self-pay")
ADMISSION_TYPES = ("emergency", "urgent", "elective", "maternity")
DESTINATIONS = (
    "home",
    "home care",
    "nursing home",
    "rehabilitation",
    "other hospital",
    "left against advice",
)

AGE_BANDS = (1, 15, 30, 50, 70)
"""Upper ends of the first five age bands, in years; the sixth is open."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of diagnoses and what it means for a stay.

    by_age: relative frequency in each of the six age bands. days: median stay. per_day, per_stay: charges.
    emergency: share that comes unplanned. women: relative frequency in women, men being 1.
    """

    letter: str
    department: str
    by_age: tuple[float, ...]
    days: float
    per_day: float
    per_stay: float
    emergency: float
    women: float = 1.0


GROUPS = (
    Group("A", "infectious diseases", (6, 8, 4, 3, 3, 4), 4.5, 900, 700, 0.80),
    Group("C", "oncology", (0.2, 2, 2, 6, 14, 13), 5.0, 1400, 5200, 0.15),
    Group("E", "internal medicine", (1, 4, 3, 5, 7, 8), 3.5, 700, 900, 0.50, 1.1),
    Group("F", "psychiatry", (0, 3, 14, 10, 5, 3), 11.0, 520, 300, 0.45),
    Group("G", "neurology", (1, 5, 5, 5, 6, 7), 3.8, 1000, 1500, 0.50),
    Group("I", "cardiology", (0.5, 1, 3, 9, 19, 24), 4.2, 1300, 3800, 0.55, 0.75),
    Group("J", "pulmonology", (9, 18, 6, 5, 8, 12), 3.9, 800, 700, 0.75),
    Group("K", "gastroenterology", (2, 9, 10, 11, 11, 8), 2.8, 950, 2100, 0.45),
    Group("M", "orthopaedics", (0.2, 3, 6, 9, 12, 8), 3.2, 1100, 6900, 0.10, 1.15),
    Group("N", "urology", (1, 4, 6, 7, 8, 8), 2.6, 900, 1600, 0.40),
    Group("O", "obstetrics", (0, 0, 30, 20, 0, 0), 2.4, 850, 2400, 0.0),
    Group("P", "neonatology", (70, 0, 0, 0, 0, 0), 3.5, 1500, 1200, 0.4),
    Group("S", "trauma surgery", (2, 22, 15, 10, 8, 12), 3.0, 1200, 4100, 0.85, 0.8),
    Group("Z", "day clinic", (2, 6, 8, 9, 9, 6), 0.4, 400, 600, 0.0),
)
LETTERS = np.array([group.letter for group in GROUPS])
CODES_A_GROUP = 23
CODE_WEIGHTS = 0.78 ** np.arange(CODES_A_GROUP) + 0.002
"""Common codes first; the last ones of a group are carried by a person or two."""

HIV_CODES = ("B20.0", "B20.1", "B20.3", "B20.7", "B20.9")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = {
    "female": _words(
        "Zoë Małgorzata Siobhán Aïcha Şebnem Renée Ana-Lucía Mei Linh Åsa Ngozi Fatima Ivana Ruth Clara Maeve"
        " Priya Yuki Elif Grace Hannah Noor Tamar Ines Oluchi Vera Wanda Yara Greta Leila"
    ),
    "male": _words(
        "Łukasz Jürgen Søren José Minh François Ángel Björn Çağlar Seán Kofi Omar Arjun Hiro Pavel Tomas Peter"
        " Ibrahim Daniel Marek Nils Otto Rafael Samuel Tariq Uri Victor Wim Yusuf Emil"
    ),
}
SURNAMES = (
    "O'Brien",
    "D'Angelo",
    "Nguyễn",
    "van 't Hoff",
    "N'Diaye",
    "Müller-Lüdecke",
    "Żółkiewski",
    "Ó Súilleabháin",
    "Björkqvist",
    "Peña Muñoz",
    "Şahin",
    "Đặng",
)
SURNAME_STARTS = _words("Ald Bren Cor Dal Fen Gor Hal Iver Jas Kel Lan Mor Nor Ost Pel Quin Ros Sten Tor Wex")
SURNAME_MIDDLES = _words("a e i o u am en or ist al")
SURNAME_ENDS = _words(
    "berg dale ford gard holm lund mann ner nik quist ridge sen ska stad ton vik well wick wood"
)
STREETS = (
    "Mill Lane",
    "Station Road",
    "Rue de l'Église",
    "Königstraße",
    "Hill Rise",
    "King's Walk",
    "Ulica Długa",
    "Quay",
)

NOTES = (
    'Pt {first} says "it\'s better"; home with family.',
    "Seen with Dr O'Neill.\nPlan: review in {department}.",
    "{name}: allergy to penicillin <confirmed>, diet: crème fraîche & rice.",
    'Daughter called ("Is {first} eating?"), reassured.',
    "No events overnight, obs stable.",
    "Doesn't want visitors; 'quiet room' asked for.\nNurse informed.",
    "- transfer letter sent, GP: Dr Łęcka-D'Arcy",
)
