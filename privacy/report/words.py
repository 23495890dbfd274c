"""What the report says in words, whatever was found: how to read it, how it was made, what it cannot see."""

from __future__ import annotations

from privacy.result import Outcome, Status

OUTCOME_SIGN = {Outcome.PASS: "✓", Outcome.FAIL: "✕", Outcome.INCONCLUSIVE: "?"}

STATUS_WORD = {
    Status.LEAK: "Leak",
    Status.BOUNDED: "Bounded",
    Status.UNRESOLVED: "Unresolved",
    None: "Reported",
}
STATUS_SIGN = {Status.LEAK: "✕", Status.BOUNDED: "✓", Status.UNRESOLVED: "?", None: "·"}
STATUS_MEANING = {
    Status.LEAK: "the lower end of the interval passes the limit",
    Status.BOUNDED: "the upper end keeps the limit; in the gate, planted leaks of that size were seen too",
    Status.UNRESOLVED: "the evidence does not decide; this is not a pass",
    None: "shown for comparison; the policy sets no limit",
}

NO_PROOF = (
    "This report does not prove that nobody can be re-identified. Every number below is what particular attacks,"
    " with a stated number of trials, achieved. A better attack may achieve more."
)

METHOD = (
    "The people of the source were divided at random into train, from which the synthetic table was made, and"
    " control, which no generator saw. An attack is run against both. What it achieves on train beyond what it"
    " achieves on control is what the synthetic table gave away about the people in it; what it achieves on"
    " control is what anybody could infer about anybody of that population.",
    "The gate ranks real records by how closely a synthetic row points at them, without knowing whose they are,"
    " and then asks whether the most exposed ones are train's more often than the policy's odds allow. Its"
    " critical value is simulated for this very table and covers all depths and distances together.",
    "To learn what it could have missed, the audit plants leaks of known size in the synthetic table and counts"
    " how often the gate sees them. The smallest share of train that it sees in 80 % and in 95 % of the draws is"
    " printed above; the verdict needs it to lie under the policy's limit.",
    "Distances use one ruler, fitted on train and control together: numbers by their rank, everything else by"
    " equality, missing equal to missing. Intervals are confidence intervals at the level shown beside them.",
    "Pass means that every test the verdict rests on is bounded and every condition holds. Fail means that one"
    " found a leak. Anything else is inconclusive, which is not a pass.",
)

LIMITS = (
    "Attacks give lower bounds on a leak. An upper bound on what these attacks achieved is not an upper bound on"
    " what any attack could.",
    "A handful of people cannot be certified. Whatever the size of the table, the gate needs about 13 exposed"
    " train records where train and control are equally large, and about 33 where train is three times control,"
    " before it can tell a leak from chance. Copies of single people are counted under memorisation.",
    "Strongly altered copies of a few per cent of the rows (every number moved by a tenth of its standard"
    " deviation or more) can stay unseen.",
    "Fragments can stay unseen: rows that keep half of one person's columns and take the other half from others.",
    "In tables with few distinct rows a copy of a common row is no evidence; such tables become unresolved.",
    "Records that have a near twin among the real rows hide copies of either one, and raise the smallest leak that"
    " can be seen.",
    "The gate sees whether rows belong to train. It does not see a leaked maximum of a column, a leaked rare"
    " category, or a leak that only a statistic of a group carries.",
    "A control that is not a random part of the same source (another year, another site) makes the comparison"
    " meaningless; the checks look for that, and cannot see every way it can happen.",
    "Earlier releases from the same source, and what recipients already hold, are not part of this audit.",
)
