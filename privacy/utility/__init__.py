"""Downstream use: are models that learnt synthetic rows as good for real people as those that learnt real ones?

Everything is tested on control, real people whom neither a generator nor a model saw.
"""

from __future__ import annotations

from privacy.utility.evaluator import evaluate
from privacy.utility.files import evaluate_files, evaluation_files, load_evaluation
from privacy.utility.measure import use
from privacy.utility.result import Evaluation

__all__ = ["Evaluation", "evaluate", "evaluate_files", "evaluation_files", "load_evaluation", "use"]
