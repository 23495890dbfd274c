"""Gaussian copula with empirical margins, for mixed columns.

Every column becomes a few standard normals (`margin`, `boxes`, `scaling`), their correlation is learnt from
what the codes say about them (`latent`), and a new row is one draw of the normals read back (`model`).

Sources: Nelsen, An Introduction to Copulas (2006), chapter 2; Hoff, Extending the rank likelihood for
semiparametric copula estimation, Ann. Appl. Stat. 1(1), 2007.
"""

from tabsynth.generators.copula.model import Copula

__all__ = ["Copula"]
