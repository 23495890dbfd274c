"""Training, as every torch generator goes about it: settings, loop, progress, scores, and what is quick where."""

from tabsynth.train.loop import History, Learner, Plan, choose_device, kept_history, train
from tabsynth.train.settings import Positive, Rate, TrainingSettings

__all__ = [
    "History",
    "Learner",
    "Plan",
    "Positive",
    "Rate",
    "TrainingSettings",
    "choose_device",
    "kept_history",
    "train",
]
