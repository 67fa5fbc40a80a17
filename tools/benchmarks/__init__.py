"""Benchmarks: processes to time, clips and takes to time them on, one network in every format."""
