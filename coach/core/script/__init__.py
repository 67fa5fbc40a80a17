"""Scripts: lines, targets, their place in time, and what can be said about them before they are played."""
