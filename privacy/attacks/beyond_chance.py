"""When what was found of train's people, and not of control's, is more than chance: one rule for all such counts.

A finding that counts people or values gates only when it is beyond chance, and then says so itself. Seven such
counts at these levels add less than one in a hundred to the gate's own false alarms.
"""

from __future__ import annotations

from privacy.result import Finding, Status

LEAK_BELOW = 1e-3
"""p-value, over everything that one finding tries."""

OPEN_BELOW = 0.01
"""p-value below which nothing is called bounded."""

OPEN_WITHOUT_CONTROL = 0.04
"""The same where control has none: five of train's and none of control's, at equal sides, are .031."""

_RESOLVE = "Make a synthetic table with less memory of its records, or give more control rows."


def beyond_chance(
    finding: Finding, p_value: float, *, open_below: float = OPEN_BELOW, resolve: str = _RESOLVE
) -> Finding:
    """The finding with its p-value, and with a status if that is small: only then does the verdict rest on it."""
    told: dict[str, object] = {"p_value": p_value, "status": None, "gating": False}
    if p_value < LEAK_BELOW:
        reason = "So many more than control's are not chance."
        told |= {"status": Status.LEAK, "gating": True, "reason": reason}
    elif p_value < open_below:
        reason = "More than control's, though chance is not ruled out."
        told |= {"status": Status.UNRESOLVED, "gating": True, "reason": reason, "resolve": resolve}
    return finding.model_copy(update=told)
