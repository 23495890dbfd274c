"""A condition with every NOT as far inside as it goes, by De Morgan's laws, which three-valued logic keeps."""

from __future__ import annotations

from tabsynth.condition import All, AtLeastOne, Condition, Not, NotTrue


def outermost(condition: Condition) -> Condition:
    """A condition that holds where this one does: an All or AtLeastOne of simpler ones, or a literal.

    A literal asks about one column, in any way, or is a single comparison, denied or not.
    """
    if len(condition.columns) == 1:
        return condition
    match condition:
        case Not(NotTrue(part)) | NotTrue(NotTrue(part)) | Not(Not(part)):
            return outermost(part)
        case NotTrue(Not(NotTrue(part)) | Not(Not(part))):
            return outermost(NotTrue(part))
        case Not(All(parts)):
            return AtLeastOne(tuple(Not(part) for part in parts))
        case Not(AtLeastOne(parts)):
            return All(tuple(Not(part) for part in parts))
        case NotTrue(All(parts)):
            return AtLeastOne(tuple(NotTrue(part) for part in parts))
        case NotTrue(AtLeastOne(parts)):
            return All(tuple(NotTrue(part) for part in parts))
        case NotTrue(Not(All(parts))):
            return All(tuple(NotTrue(Not(part)) for part in parts))
        case NotTrue(Not(AtLeastOne(parts))):
            return AtLeastOne(tuple(NotTrue(Not(part)) for part in parts))
    return condition
