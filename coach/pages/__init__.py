"""Pages: reports, histories and comparisons as single files that load nothing else."""
