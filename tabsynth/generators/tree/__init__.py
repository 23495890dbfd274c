"""Sequential trees: each column is drawn from a leaf of a tree that asks the columns drawn before it.

The family of synthpop (Nowok, Raab, Dibben, J. Stat. Software 74(11), 2016; Reiter, J. Official Statistics 21,
2005), with leaves of many people, smoothed, and numbers drawn inside bins. Draws are independent: shares that
came out just as in the leaves would tell how many persons each holds.
"""

from tabsynth.generators.tree.model import Tree

__all__ = ["Tree"]
