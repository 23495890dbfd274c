"""What a valid record is: rules that an owner declares, true of all real rows and of every synthetic one.

Where a rule is a condition on single columns, the generator draws under it; where a column follows from others,
it is computed; whatever else breaks a rule is left out, and counted.
"""

from tabsynth.rules.cuts import Cuts
from tabsynth.rules.declared import (
    Rules,
    checked_rules,
    load_rules,
    rules_from_json,
    rules_text,
    rules_to_json,
)
from tabsynth.rules.derivation import computed_by, derived_columns
from tabsynth.rules.function import Function
from tabsynth.rules.learning import learnt_rules
from tabsynth.rules.rule import Mask, Rule
from tabsynth.rules.sieve import Sieve, enforced
from tabsynth.rules.sound import require_sound
from tabsynth.rules.truth import require_true
from tabsynth.rules.unique import Unique

__all__ = [
    "Cuts",
    "Function",
    "Mask",
    "Rule",
    "Rules",
    "Sieve",
    "Unique",
    "checked_rules",
    "computed_by",
    "derived_columns",
    "enforced",
    "learnt_rules",
    "load_rules",
    "require_sound",
    "require_true",
    "rules_from_json",
    "rules_text",
    "rules_to_json",
]
