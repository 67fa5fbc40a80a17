"""Evaluation of emotion models; `tools/evaluate.py` is the command.

Only numpy: what scikit-learn and scipy would add (area under a curve, binomial tail, counts) is a dozen lines, which
tests compare with results worked out by hand. No library has the rest (shares of viewers, verdicts, notes).
"""
