"""How much of the policy's alpha one attempt may use: re-running until it passes gets harder.

Whoever may audit again and again, and share the first table that passes, picks the draw in which the test was
blind. So the attempts on one source share one alpha, by an alpha-spending function (the idea of Lan & DeMets,
Biometrika 70, 1983, for interim looks at one trial): every attempt uses four fifths of what is left. Less alpha
is a stricter critical value, with which only larger leaks are seen; the smallest detectable leak grows, and once
it is above the policy's limit no attempt can be called bounded. The first attempt is the best one.
"""

from __future__ import annotations

import math

SPENT_EACH_TIME = 0.8
"""Of what is left. Our choice: the first attempt is hardly weaker than a lone audit, the third clearly is."""

_USUAL_DRAWS, _MOST_DRAWS = 2_000, 20_000
_DRAWS_BELOW = 5
"""So many of the drawn p-values should lie below the critical value, or it is a matter of luck."""


def alpha_at(alpha: float, attempt: int | None) -> float:
    """The alpha of one attempt, counted from 1: alpha * .8 * .2 ** (attempt - 1), together less than alpha.

    None is an audit of which nobody keeps count: it uses all of alpha.
    """
    if attempt is None:
        return alpha
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    return alpha * SPENT_EACH_TIME * (1 - SPENT_EACH_TIME) ** (attempt - 1)


def draws_at(alpha: float) -> int:
    """Relabellings that show a critical value at this alpha: 2,000, for small alphas more, at most 20,000.

    At the most, the smallest drawn p-value is the critical value, and false alarms are oftener than `alpha`: once
    in 20,000 clean tables. That errs towards finding a leak.
    """
    return min(max(_USUAL_DRAWS, math.ceil(_DRAWS_BELOW / alpha)), _MOST_DRAWS)
