"""Tools for contributors: each file here is a command, and the packages hold what commands share.

`benchmarks` and `conversion` use `datasets`; `training` uses `evaluation`, which uses `datasets`. Nothing below imports
a command, and the coach imports none of it.
"""
