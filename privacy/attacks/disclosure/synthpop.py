"""The disclosure measures of synthpop 1.9 (Raab, Nowok & Dibben, arXiv:2406.16826), one value a row.

Each function gives a value for every original row that it counts, all of them where nothing else is said; the
measure, in per cent, is 100 times the mean. synthpop sums over the cells of a table: the sums are the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from privacy.attacks.disclosure.classes import Classes, Shares, Targeted

Mask = NDArray[np.bool_]


def uio(keys: Classes) -> Mask:
    """UiO, unique in original: d_q = 1."""
    alone: Mask = keys.d == 1
    return alone


def uiois(keys: Classes) -> Mask:
    """UiOiS, and in the synthetic table: d_q = 1 and s_q > 0."""
    found: Mask = uio(keys) & (keys.s > 0)
    return found


def rep_u(keys: Classes) -> Mask:
    """repU, replicated uniques: d_q = 1 and s_q = 1."""
    replicated: Mask = uio(keys) & (keys.s == 1)
    return replicated


def i_s(keys: Classes) -> Mask:
    """iS, the keys are in the synthetic table: s_q > 0."""
    met: Mask = keys.s > 0
    return met


def d_orig(table: Targeted) -> Mask:
    """Dorig, disclosive in the original: everybody in the class has the same target value, d_tq = d_q."""
    agreed: Mask = table.pairs.d == table.keys.d
    return agreed


def di_s(table: Targeted) -> Mask:
    """DiS, disclosive in the synthetic table: its rows of the class agree on the target, right or wrong."""
    largest = table.largest[table.keys.original]
    agreed: Mask = i_s(table.keys) & (largest == table.keys.s)
    return agreed


def disco(table: Targeted) -> Mask:
    """DiSCO, disclosive in synthetic and correct in the original: s_tq = s_q > 0 for the row's own t."""
    right: Mask = i_s(table.keys) & (table.pairs.s == table.keys.s)
    return right


def disdio(table: Targeted) -> Mask:
    """DiSDiO: DiSCO, and disclosive in the original too."""
    return disco(table) & d_orig(table)


def base_cap(table: Targeted) -> Shares:
    """baseCAP: sum of squared target shares, the success of a guess at random from the margin."""
    return table.targets.d / len(table.targets.original)


def cap_d(table: Targeted) -> Shares:
    """CAPd: the correct attribution probability with the original itself in hand, pd."""
    return table.pd


def cap_s(table: Targeted) -> Shares:
    """CAPs: (synthetic rows,) the same of the synthetic table against itself."""
    within = table.pairs.in_synthetic[table.pairs.synthetic]
    return np.asarray(within / table.keys.in_synthetic[table.keys.synthetic])


def dcap(table: Targeted) -> Shares:
    """DCAP over all N_d original rows: ps, how surely the synthetic table gives the row its own target value.

    Some authors divide the same sum by N_s instead: that is this mean times N_d / N_s.
    """
    return table.ps


def dcap_met(table: Targeted) -> Shares:
    """DCAP over the original rows whose keys are in the synthetic table too."""
    return table.ps[i_s(table.keys)]


def tcap(table: Targeted) -> Mask:
    """TCAP (Taub et al. 2018): right among apparent certainties. (rows with DiS,), so DiSCO / DiS."""
    right: Mask = disco(table)[di_s(table)]
    return right


def tcap_alt(table: Targeted) -> Mask:
    """TCAP_alt: right and certain among those whose keys are met. (rows with iS,), so DiSCO / iS."""
    right: Mask = disco(table)[i_s(table.keys)]
    return right
