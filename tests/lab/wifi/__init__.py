"""The Wi-Fi lab: does posdiag name the true cause of a Wi-Fi fault made for real?

Every case is a virtual machine of its own: a User-Mode Linux kernel with mac80211_hwsim
and time travel (its clock leaps whenever all sleep) over a Debian root folder, both
built once into a cache by `cache.ensure`. In it run real access points (hostapd), real
clients (wpa_supplicant alone, or NetworkManager), a real DHCP and DNS server, and
posdiag from this checkout. A machine ends with the lab, also by SIGKILL.

    python -m tests.lab.wifi --help
"""
