"""IEEE 802.11 frames and elements, and WPA key exchanges."""
