"""How much of the policy's alpha one attempt may use: re-running until it passes gets harder.

Whoever may audit again and again, and share the first table that passes, picks the draw in which the test was
blind. What adds up over attempts is the chance that a leak is missed. So all attempts on one source share one
alpha, by an alpha-spending function (the idea of Lan & DeMets, Biometrika 70, 1983, for interim looks at one
trial): an attempt may miss a leak at the policy's limit with four fifths of what the earlier ones left. The test
itself stays as sharp as in the first attempt; what becomes stricter is how small a leak it must have been able
to see.
"""

from __future__ import annotations

import math

SPENT_EACH_TIME = 0.8
"""Of what is left. Our choice: the first attempt is hardly stricter than a lone audit, the third clearly is."""

_MISSED = 0.05
"""Of leaks of the size that an audit sees with 95 % power."""

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


def strictness(alpha: float) -> float:
    """By what the limits are divided so that a leak at the limit is missed with a chance of `alpha` at most.

    A leak m times as large as one that is missed with a chance of .05 holds m of those, and is missed with a
    chance of .05 ** m or less: ln(alpha) / ln(.05). 1 for an alpha of .05; 1.07, 1.61, 2.15, 2.68 for its first
    four attempts.
    """
    return max(1.0, math.log(alpha) / math.log(_MISSED))


def draws_at(alpha: float) -> int:
    """Relabellings that show a critical value at this alpha: 2,000, for small alphas more, at most 20,000.

    At the most, the smallest drawn p-value is the critical value, and false alarms are oftener than `alpha`: once
    in 20,000 clean tables. That errs towards finding a leak.
    """
    return min(max(_USUAL_DRAWS, math.ceil(_DRAWS_BELOW / alpha)), _MOST_DRAWS)
