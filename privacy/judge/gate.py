"""The gate against the policy: a leak stands; the rest is bounded only where a leak at the limit was visible."""

from __future__ import annotations

from collections.abc import Sequence

from privacy.judge.advice import Sizes, mend, more_rows
from privacy.judge.words import joined, unresolved
from privacy.policy import Policy
from privacy.result import Check, Detectable, Finding, Status
from privacy.wording import percent


def judge_gate(
    finding: Finding, failed: Sequence[Check], policy: Policy, sizes: Sizes | None, *, leak_seen: bool
) -> Finding:
    """With limits, status, reason and resolve.

    failed: the conditions of the comparison that do not hold. leak_seen: by this finding of the gate or another;
    then it is idle to ask how small a leak would have been seen beside it.
    """
    finding = _with_limits(finding, policy)
    if failed and finding.gating:
        return unresolved(
            finding,
            finding.tolerance,
            f"The comparison does not stand: {failed[0].sentence}",
            mend(failed[0], finding, policy, sizes),
        )
    if leak_seen and finding.status is None:
        return unresolved(finding, finding.tolerance, "The gate saw a leak; this number did not show it.", "")
    return _against_limits(finding, policy, sizes)


def _whole(sizes: Sizes | None) -> str:
    """What the sizes of planted leaks are shares of."""
    few = sizes is not None and sizes.synthetic_rows < sizes.train_units
    return "the synthetic rows" if few else "train"


def _with_limits(finding: Finding, policy: Policy) -> Finding:
    limited = tuple(
        leak.model_copy(update={"tolerance": policy.detectable.get(leak.leak)}) for leak in finding.detectable
    )
    return finding.model_copy(update={"detectable": limited})


def _against_limits(finding: Finding, policy: Policy, sizes: Sizes | None) -> Finding:
    """A LEAK stands; otherwise every leak kind of the policy must have been visible at its tolerance."""
    if finding.status is Status.LEAK:
        return finding
    found = {leak.leak: leak for leak in finding.detectable}
    blind = [
        _unseen(kind, found.get(kind), tolerance, _whole(sizes))
        for kind, tolerance in policy.detectable.items()
        if not _seen(found.get(kind), tolerance)
    ]
    if not policy.detectable:
        blind = ["the policy sets no limit on any kind of leak"]
    if blind:
        update = {
            "status": Status.UNRESOLVED,
            "reason": joined(
                finding.reason,
                f"No leak was seen, but one at the limit might have been missed: {'; '.join(blind)}.",
            ),
            "resolve": more_rows(found, policy, sizes),
        }
    else:
        limits = ", ".join(f"{kind} {percent(limit)}" for kind, limit in policy.detectable.items())
        update = {
            "status": Status.BOUNDED,
            "reason": joined(
                finding.reason,
                "No leak was seen, and planted leaks at the limits were, in 95 % of draws or more:"
                f" {limits} of {_whole(sizes)}.",
            ),
        }
    return finding.model_copy(update=update)


def _seen(leak: Detectable | None, tolerance: float) -> bool:
    return leak is not None and leak.dose_95 is not None and leak.dose_95 <= tolerance


def _unseen(kind: str, leak: Detectable | None, tolerance: float, whole: str) -> str:
    if leak is None:
        return f"{kind} was not tried (limit {percent(tolerance)})"
    if leak.dose_95 is None:
        return f"{kind} was not seen even at {percent(leak.largest_tried)} of {whole} (limit {percent(tolerance)})"
    return f"{kind} is seen from {percent(leak.dose_95)} of {whole} (limit {percent(tolerance)})"
