"""The walk from a symptom to its end: `record` is what was learned, `walk` what comes
next, `steps` what may be asked for, `target` what an action is to mend; `drive` runs
it."""
