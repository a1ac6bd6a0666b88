"""The kernel's Wi-Fi interface, nl80211."""
