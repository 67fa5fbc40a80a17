"""How a model is judged, part by part; `tools/evaluate.py` puts the parts together.

Numpy alone: what scikit-learn and scipy would add here (area under a curve, binomial tail, counts) is a dozen lines
that tests hold against answers worked out by hand, and no library has the rest (shares of viewers, verdicts, notes).
"""
