"""Training, as every torch generator goes about it: loop, progress, scores, and what is quick where."""

from tabsynth.train.loop import History, Learner, Plan, choose_device, kept_history, train

__all__ = ["History", "Learner", "Plan", "choose_device", "kept_history", "train"]
