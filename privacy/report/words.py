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
    Status.LEAK: "the whole interval is beyond the limit, or more was found than chance explains; the release"
    " fails, whichever attack found it",
    Status.BOUNDED: "the whole interval keeps the limit; in the gate, whose interval may pass it, no more than"
    " chance was found, and planted leaks at the limits would have been seen",
    Status.UNRESOLVED: "the evidence does not decide; where the verdict rests on it, this is not a pass",
    None: "shown for comparison; the policy sets no limit",
}

NO_PROOF = (
    "This report does not prove that nobody can be re-identified. Every number below is what particular"
    " attacks, with a stated number of trials, achieved. A better attack may achieve more."
)

PLANTED = (
    "Leaks of known size were planted in this synthetic table: copies of records, as they are or altered. A"
    " leak's size is a share of {base}. What counts is the smallest size that is seen with 95 % power: the"
    " policy's limit is held against it. The size seen with 80 % power stands beside it. Both are read off"
    " {draws} draws so that they hold with 95 % confidence. Kinds of which this table holds no example, such as"
    " people with several rows, are left out."
)

BESIDE_A_LEAK = (
    "This audit saw a leak. The sizes below are those of further leaks beside it, which are harder to see; they do"
    " not say that the leak found might be none."
)

NO_LEDGER = "No ledger was kept: how often this source was audited before is not known."
SPENDING = (
    "Who audits until one draw passes picks the draw in which the test was blind. So all attempts on a"
    " source share the policy's alpha, here the chance that a leak at the limits is missed: each takes four"
    " fifths of what is left, and every further one must have been able to see smaller leaks. The limits"
    " beside the planted leaks are the policy's, divided accordingly."
)
TOGETHER = (
    "A leak can be dealt out over several tables so thinly that each of them passes. So the gate and every"
    " attack on which the verdict may rest were run again on the rows of all releases at once, under the same"
    " limits. These findings are named “union of N releases: …”; this table alone and all releases together"
    " each got half of the alpha."
)

METHOD = (
    "The people of the source were divided at random into train, from which the synthetic table was made,"
    " and control, which no generator saw. An attack is run against both. What it achieves on train beyond"
    " what it achieves on control is what the synthetic table gave away about the people in it; what it"
    " achieves on control is what anybody could infer about anybody of that population.",
    "The gate puts real records in order of how closely a synthetic row points at them, against the nearest"
    " record of anybody else, without knowing whose they are. It does so in up to ten views: the plain"
    " distance; two near matches, in which numbers agree within 5 % and within 15 % of the ranks and a column"
    " weighs as much as agreeing on it tells; six random halves of the columns; and numbers by the ranks of"
    " their own table, which undoes other units and shifted dates. Then it asks whether the most exposed"
    " records are train's more often than the policy's odds allow, and the same of the share of synthetic"
    " rows whose nearest record is train's. The critical value is simulated for this very table and covers"
    " all views and depths together.",
    "To learn what the gate could have missed, the audit plants eleven kinds of leaks: records of anybody,"
    " of the most isolated people, of one subgroup and of people with several rows, as they are; records with"
    " one or two columns swapped; with every number moved by .02, .05 or .1 of its standard deviation;"
    " fragments, of which half of the columns are a stranger's; and records mixed with their neighbours, as"
    " an overfit engine deals them out. Train and control are dealt anew at random in every draw, so that a"
    " real leak does not count. The smallest size that is seen with 95 % power must keep the policy's"
    " limit for the kind; the policies that come with the audit limit six kinds, in the table above those"
    " with a limit.",
    "Distances use one ruler, fitted on train and control together: numbers by their rank; texts by sketches"
    " of their runs of three letters, so that a text with a few changed letters is still near; everything"
    " else by equality; missing equal to missing. Intervals are confidence intervals at the level shown"
    " beside them.",
    "A leak found by any attack fails the release. For a pass, everything that the verdict rests on must"
    " have run and be bounded, and every condition must hold. It rests on the three findings of the gate, on"
    " exact copies, and on identifier copies where an identifier is one person's alone or train has more of"
    " them than control. Victims, repeated copies and values taken over from train join these only when there"
    " is more of them than chance explains. Singling out, linkability and inference have limits of their own"
    " and can fail a release; where they stay undecided, that is reported and does not hold up a pass."
    " Findings without a limit are shown for comparison. Whatever neither passes nor fails is inconclusive,"
    " which is not a pass.",
)

LIMITS = (
    "Attacks give lower bounds on a leak. An upper bound on what these attacks achieved is not an upper"
    " bound on what any attack could.",
    "A handful of people cannot be certified. At odds of 1.5 the gate needs about 15 exposed train records"
    " where train and control are equally large, and about 40 where train is three times control, before it"
    " can tell a leak from chance. Copies of people whom nobody resembles are counted under memorisation,"
    " where five, of equally large sides and with none of control's, leave a table unresolved and ten are a"
    " leak; single copies of people with near twins stay unseen.",
    "Strongly altered copies can stay unseen: every number moved by a tenth of its standard deviation or"
    " more, two or more columns swapped. The table of planted leaks says from which size on; the policies"
    " that come with the audit set no limit there.",
    "Fragments can stay unseen: rows that keep half of one person's columns and take the other half from"
    " others.",
    "Texts are near when they share runs of letters. A text that was translated or told in other words is"
    " not recognised, how alike two texts are is known to about 0.15 only, and exact copies are counted by"
    " the letter.",
    "In tables with few distinct rows a copy of a common row is no evidence; such tables become unresolved.",
    "Records that have a near twin among the real rows hide copies of either one, and raise the smallest"
    " leak that can be seen.",
    "The gate sees whether rows belong to train. A copied column, an order of rows, an exact maximum and a"
    " rare label are looked for by attacks on values; a leak that only a statistic of a group carries is not.",
    "A leak that hurts one group alone is diluted among everybody: a limit on a share of train may be a"
    " large part of a small group.",
    "A control that is not a random part of the same source (another year, another site) makes the"
    " comparison meaningless; the checks look for that, and cannot see every way it can happen.",
    "Earlier releases count where a ledger kept them or they were given to this audit. What recipients"
    " already hold, and what was released about people who are in neither train nor control, is not part of"
    " it.",
)
