"""The join test and the return to the former network."""
