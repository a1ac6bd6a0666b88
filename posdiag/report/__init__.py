"""The forms in which a report is printed: each a module with one function `render`."""
