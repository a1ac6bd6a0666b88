"""The site profile: reading TOML, checking it, printing it."""
