"""Wi-Fi measurements that checks share.

network      adapter, target network, its access points, the scan
reception    signal level, retries and drops of the association over a window
airtime      channel utilisation, and how much of it is not Wi-Fi
environment  our access point and its neighbours; band_chart draws them
channel_plan overlap, load and the channel with the least of it
hotspot      recognises a phone's hotspot
"""
