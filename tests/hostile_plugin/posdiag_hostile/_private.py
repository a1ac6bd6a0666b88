"""A name that begins with an underscore is not looked at."""

raise RuntimeError("looked at all the same")
