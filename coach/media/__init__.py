"""Moving pictures as files, for the rooms that write them."""
