"""From a model's answer to a steady reading."""
