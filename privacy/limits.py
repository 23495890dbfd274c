"""A policy that can be asked: every limit in it is on something that the audit looks for."""

from __future__ import annotations

from collections.abc import Sequence

from privacy.attacks import attack_names
from privacy.gate.kinds import KINDS
from privacy.judge import OWN_CONTROL
from privacy.measures import MEASURES
from privacy.policy import Policy
from privacy.result import GATE, Measure


def known_policy(policy: Policy | str, further: Sequence[object] = ()) -> Policy:
    """The policy, or the one of this name or file. PolicyError when a limit in it would limit nothing.

    further: what will be judged with the audit's own findings; a policy may set bounds on its measures, too.
    """
    rules = policy if isinstance(policy, Policy) else Policy.load(policy)
    brought = [f"{made.group}/{made.name}" for made in further if isinstance(made, Measure)]
    rules.require_known(KINDS, {GATE, *attack_names(), *OWN_CONTROL}, (*MEASURES, *brought))
    return rules
