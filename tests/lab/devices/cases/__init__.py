"""Cases by the group of checks that examines them; a module is a group."""
